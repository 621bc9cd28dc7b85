#include <array>
#include <cmath>

#include <Eigen/Core>
#include <doctest/doctest.h>

#include <graft/optim/detail/dense_adam.hpp>

namespace {

using graft::detail::adam_catch_up;
using graft::detail::adam_update;
using adam = graft::detail::dense_adam<false>;
using adamw = graft::detail::dense_adam<true>;

const adam_update<double> update{.keep = 0.9, .grad1 = 0.1, .grad2 = 0.001, .rate = 0.05, .eps = 1e-3};

} // namespace

TEST_CASE("a step of Adam decays the moments for the sleep, adds the gradient and moves the weight") {
    adam_catch_up<double> coefficients;
    coefficients.m_keep = 0.5;
    coefficients.root_keep = 0.25;
    for (const bool decays : {false, true}) {
        std::array<double, 3> row{-9, 2, 4}; // the weight is given caught up: 3
        if (decays)
            adamw::update<double>(row.data(), 1, 3.0, 7.0, coefficients, update);
        else
            adam::update<double>(row.data(), 1, 3.0, 7.0, coefficients, update);
        const double m = 0.9 * (0.5 * 2) + 0.1 * 7;
        const double root = std::sqrt(0.999 * (0.25 * 4) * (0.25 * 4) + 0.001 * 49);
        CHECK(row[1] == doctest::Approx(m).epsilon(1e-14));
        CHECK(row[2] == doctest::Approx(root).epsilon(1e-14));
        CHECK(row[0] == doctest::Approx((decays ? 0.9 : 1) * 3 - 0.05 * m / (root + 1e-3)).epsilon(1e-14));
    }
}

TEST_CASE("a sleeping weight moves by the closed form, and settling decays only its moments") {
    const adam_catch_up<double> coefficients{
        .keep = 0.8, .s1 = 0.3, .e = 0.1, .f = 0.2, .c = 0.01, .m_keep = 0.5, .root_keep = 0.25};
    std::array<double, 3> row{3, 2, 4};
    const double move = 0.3 * 2 * 4.2 / (4.1 * 4.2 - 0.01);
    CHECK(adam::catch_up<double>(row.data(), 1, coefficients) == doctest::Approx(3 - move).epsilon(1e-14));
    CHECK(adamw::catch_up<double>(row.data(), 1, coefficients) == doctest::Approx(2.4 - move).epsilon(1e-14));
    adam::settle<double>(row.data(), 1, coefficients);
    CHECK(row == std::array<double, 3>{3, 1, 1});
}

TEST_CASE("a chunk of a row moves as its values do one by one") {
    using chunk = Eigen::Array4d;
    const adam_catch_up<double> coefficients{
        .keep = 0.8, .s1 = 0.3, .e = 0.1, .f = 0.2, .c = 0.01, .m_keep = 0.5, .root_keep = 0.25};
    std::array<double, 12> row{1, -2, 3, -4, 0.1, 0.2, -0.3, -0.4, 1, 2, 3, 4};
    const chunk g(5, -6, 7, 0);
    const chunk caught_up = adamw::catch_up<chunk>(row.data(), 4, coefficients);
    auto moved = row;
    adamw::update<chunk>(moved.data(), 4, caught_up, g, coefficients, update);
    for (std::size_t i = 0; i < 4; ++i) {
        const auto k = static_cast<Eigen::Index>(i);
        std::array<double, 3> one{row[i], row[4 + i], row[8 + i]};
        const auto w = adamw::catch_up<double>(one.data(), 1, coefficients);
        CHECK(w == doctest::Approx(caught_up[k]).epsilon(1e-14));
        adamw::update<double>(one.data(), 1, w, g[k], coefficients, update);
        for (std::size_t part = 0; part < 3; ++part)
            CHECK(one[part] == doctest::Approx(moved[4 * part + i]).epsilon(1e-14));
    }
}

TEST_CASE("only weights that move and whose second moment is small take their steps one by one") {
    adam_catch_up<double> coefficients;
    coefficients.e = 0.5;
    coefficients.e_min = 1;
    CHECK(adam::needs_steps(1.0, 0.4, coefficients));
    CHECK_FALSE(adam::needs_steps(1.0, 0.6, coefficients));
    CHECK_FALSE(adam::needs_steps(0.0, 0.4, coefficients));
}
