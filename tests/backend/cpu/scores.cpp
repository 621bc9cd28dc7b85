#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include <doctest/doctest.h>

#include <graft/backend/cpu/scores.hpp>
#include <graft/backend/scorer.hpp>
#include <graft/core/random.hpp>

#include <support/draw.hpp>

namespace {

using test::draw;

template <class Scalar>
void check_products(double tolerance) {
    graft::random_engine engine(1);
    for (std::size_t size = 0; size < 100; ++size) {
        const auto a = draw<Scalar>(size + 1, engine);
        const auto b = draw<Scalar>(size + 1, engine);
        Scalar in_order[graft::detail::chains<Scalar>] = {};
        double want = 0;
        double absolutes = 0;
        for (std::size_t i = 0; i < size; ++i) {
            Scalar& sum = in_order[i % graft::detail::chains<Scalar>];
            sum = graft::multiply_add(a[i], b[i], sum);
            want += static_cast<double>(a[i]) * static_cast<double>(b[i]);
            absolutes += std::abs(static_cast<double>(a[i]) * static_cast<double>(b[i]));
        }
        Scalar sum = in_order[0];
        for (std::size_t c = 1; c < graft::detail::chains<Scalar>; ++c) sum += in_order[c];
        INFO(size << " places");
        CHECK(graft::detail::score_product(a.data(), b.data(), size) == sum);
        CHECK(std::abs(static_cast<double>(sum) - want) <= tolerance * absolutes);
        Scalar four[4];
        const Scalar* x = a.data();
        const Scalar* y = b.data();
        graft::detail::score_products<4>(x, {x, y, y, x}, size, four);
        CHECK(four[1] == sum);
        CHECK(four[2] == sum);
        CHECK(four[0] == graft::detail::score_product(x, x, size));
        CHECK(four[3] == four[0]);
    }
}

} // namespace

TEST_CASE("the products of scores are right, and added up in the order that is told") {
    check_products<float>(1e-6);
    check_products<double>(1e-15);
}

TEST_CASE("the lengths of partial sums add up to the row") {
    for (std::size_t dim = 0; dim < 20; ++dim) {
        std::size_t all = 0;
        for (std::size_t c = 0; c < graft::detail::chains<float>; ++c)
            all += graft::detail::chain_length<float>(c, dim);
        CHECK(all == dim);
    }
}

TEST_CASE("a biased score adds the mean and both biases, a dot product neither") {
    const std::vector<double> user{1, 2, 0.5};
    const std::vector<double> item{3, 4, 0.25};
    CHECK(graft::detail::score_pair<graft::biased>(user.data(), item.data(), 2, 10.0) == 11 + 10.75);
    CHECK(graft::detail::score_pair<graft::dot>(user.data(), item.data(), 2, 10.0) == 11);
}

TEST_CASE("the inverse length of a row is right for tiny and huge numbers, and 0 for zeros") {
    for (const double scale : {1.0, 1e-38, 1e38, 1e-300, 1e300}) {
        const std::vector<double> row{3 * scale, -4 * scale};
        CHECK(graft::detail::inverse_length(row.data(), 2) * 5 * scale == doctest::Approx(1).epsilon(1e-14));
    }
    const std::vector<float> small{3e-30F, 4e-30F};
    CHECK(graft::detail::inverse_length(small.data(), 2) * 5e-30 == doctest::Approx(1).epsilon(1e-6));
    const std::vector<float> zeros(5, 0.0F);
    CHECK(graft::detail::inverse_length(zeros.data(), 5) == 0);
}

TEST_CASE("a cosine stays within 1 and -1, and what is no number stays so") {
    using graft::detail::cosine_of_unit;
    using graft::detail::within_range;
    CHECK(within_range<cosine_of_unit>(1.0000001F) == 1);
    CHECK(within_range<cosine_of_unit>(-1.0000001F) == -1);
    CHECK(within_range<cosine_of_unit>(0.5F) == 0.5F);
    CHECK(std::isnan(within_range<cosine_of_unit>(std::nanf(""))));
    CHECK(within_range<graft::dot>(7.0F) == 7);
}
