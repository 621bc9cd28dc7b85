#include <cstddef>
#include <limits>
#include <vector>

#include <Eigen/Dense>
#include <doctest/doctest.h>

#include <graft/core/random.hpp>
#include <graft/train/detail/normal_equations.hpp>

namespace {

template <class Scalar>
void check_against_eigen(std::size_t dim, std::size_t count, double tolerance) {
    CAPTURE(dim);
    CAPTURE(count);
    graft::detail::normal_equations<Scalar> equations(dim);
    const std::size_t pitch = equations.pitch();
    CHECK(pitch >= dim);
    const auto n = static_cast<Eigen::Index>(dim);
    Eigen::MatrixXd plain = 0.5 * Eigen::MatrixXd::Identity(n, n);
    for (std::size_t i = 0; i < dim; ++i) equations.row(i)[i] = Scalar(0.5);

    graft::random_engine engine(7);
    std::vector<Scalar> x(count * pitch, Scalar(0));
    for (std::size_t k = 0; k < count; ++k) {
        for (std::size_t i = 0; i < dim; ++i)
            x[k * pitch + i] = static_cast<Scalar>(0.5 * graft::draw_normal_pair(engine).first);
        const Eigen::VectorXd row =
            Eigen::Map<Eigen::Matrix<Scalar, Eigen::Dynamic, 1>>(x.data() + k * pitch, n)
                .template cast<double>();
        plain += row * row.transpose();
    }
    equations.add_products(x.data(), count);
    for (std::size_t j = 0; j < dim; ++j)
        for (std::size_t i = j; i < dim; ++i) {
            const double wanted = plain(static_cast<Eigen::Index>(j), static_cast<Eigen::Index>(i));
            CHECK(static_cast<double>(equations.row(j)[i]) ==
                  doctest::Approx(wanted).epsilon(tolerance).scale(1));
        }

    std::vector<Scalar> right(pitch, Scalar(0));
    Eigen::VectorXd b(n);
    for (std::size_t i = 0; i < dim; ++i) {
        right[i] = static_cast<Scalar>(1.0 - 0.25 * static_cast<double>(i % 7));
        b(static_cast<Eigen::Index>(i)) = static_cast<double>(right[i]);
    }
    REQUIRE(equations.solve(right.data()));
    const Eigen::VectorXd solution = plain.llt().solve(b);
    for (std::size_t i = 0; i < dim; ++i)
        CHECK(static_cast<double>(right[i]) ==
              doctest::Approx(solution(static_cast<Eigen::Index>(i))).epsilon(tolerance).scale(1));
}

} // namespace

TEST_CASE("products and solutions are those of dense matrices, whatever the size") {
    for (const std::size_t dim : {1U, 2U, 3U, 4U, 5U, 15U, 16U, 17U, 31U, 33U, 64U, 100U})
        for (const std::size_t count : {0U, 1U, 5U, 130U}) {
            check_against_eigen<double>(dim, count, 1e-11);
            check_against_eigen<float>(dim, count, 2e-4);
        }
}

TEST_CASE("a matrix that is not positive definite has no solution") {
    for (const double bad : {0.0, -1.0, std::numeric_limits<double>::quiet_NaN()}) {
        graft::detail::normal_equations<double> equations(20);
        for (std::size_t i = 0; i < 20; ++i) equations.row(i)[i] = i == 17 ? bad : 1;
        std::vector<double> right(equations.pitch(), 0);
        CHECK_FALSE(equations.solve(right.data()));
    }
}

TEST_CASE("the mirrored matrix is symmetric") {
    graft::detail::normal_equations<double> equations(5);
    for (std::size_t j = 0; j < 5; ++j)
        for (std::size_t i = j; i < 5; ++i) equations.row(j)[i] = static_cast<double>(10 * j + i);
    equations.mirror();
    for (std::size_t j = 0; j < 5; ++j)
        for (std::size_t i = 0; i < 5; ++i) CHECK(equations.row(j)[i] == equations.row(i)[j]);
    CHECK(equations.row(4)[1] == 14);
}
