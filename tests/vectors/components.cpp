#include <cmath>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <graft/core/random.hpp>
#include <graft/vectors/components.hpp>

namespace {

/// Points around (5, -3, 1) that vary much along (3, 4, 0) / 5, less along (-4, 3, 0) / 5, hardly along (0,
/// 0, 1).
graft::keyed_vectors cloud(std::size_t count) {
    graft::random_engine engine(11);
    graft::keyed_vectors::matrix_type matrix(static_cast<Eigen::Index>(count), 3);
    std::vector<std::string> words;
    for (Eigen::Index i = 0; i < matrix.rows(); ++i) {
        const auto [a, b] = graft::draw_normal_pair(engine);
        const auto c = graft::draw_normal_pair(engine).first;
        matrix.row(i) << static_cast<float>(5 + 10 * a * 0.6 - b * 0.8),
            static_cast<float>(-3 + 10 * a * 0.8 + b * 0.6), static_cast<float>(1 + 0.1 * c);
        words.push_back(std::to_string(i));
    }
    return {words, matrix};
}

} // namespace

TEST_CASE("components are the directions of largest variance around the mean") {
    const auto found = graft::find_components(cloud(5000));
    CHECK((found.mean - Eigen::RowVector3d(5, -3, 1)).norm() < 0.5);
    CHECK((found.directions.col(0) - Eigen::Vector3d(0.6, 0.8, 0)).norm() < 0.02);
    CHECK((found.directions.transpose() * found.directions - Eigen::Matrix3d::Identity()).norm() < 1e-12);
    CHECK(found.variances[0] == doctest::Approx(100).epsilon(0.1));
    CHECK(found.variances[1] == doctest::Approx(1).epsilon(0.1));
    CHECK(found.variances[2] == doctest::Approx(0.01).epsilon(0.1));
}

TEST_CASE("projected rows keep the variances of the first components") {
    const auto vectors = cloud(3000);
    const auto found = graft::find_components(vectors);
    const auto projected = graft::project(vectors, 2);
    CHECK(projected.dim() == 2);
    CHECK(projected.word(7) == "7");
    const Eigen::MatrixXd points = projected.matrix().cast<double>();
    CHECK(points.colwise().mean().norm() < 1e-4);
    const Eigen::MatrixXd covariance = points.transpose() * points / 3000.0;
    CHECK(covariance(0, 0) == doctest::Approx(found.variances[0]).epsilon(1e-4));
    CHECK(covariance(1, 1) == doctest::Approx(found.variances[1]).epsilon(1e-4));
    CHECK(std::abs(covariance(0, 1)) < 1e-3);
    // All components only turn the cloud: distances stay.
    const auto turned = graft::project(vectors, 3);
    CHECK((turned.row(1) - turned.row(2)).norm() ==
          doctest::Approx((vectors.row(1) - vectors.row(2)).norm()).epsilon(1e-5));
}

TEST_CASE("without the top components nothing varies along them") {
    const auto vectors = cloud(3000);
    const auto rest = graft::remove_top_components(vectors, 1);
    const Eigen::MatrixXd points = rest.matrix().cast<double>();
    CHECK(points.colwise().mean().norm() < 1e-4);
    CHECK((points * graft::find_components(vectors).directions.col(0)).cwiseAbs().maxCoeff() < 1e-4);
    CHECK(graft::find_components(rest).variances[0] == doctest::Approx(1).epsilon(0.1));
    CHECK((graft::remove_top_components(vectors, 0).matrix().rowwise() +
           graft::find_components(vectors).mean.cast<float>())
              .isApprox(vectors.matrix(), 1e-5F));
}

TEST_CASE("components that cannot be are refused") {
    CHECK_THROWS_AS(static_cast<void>(graft::find_components(graft::keyed_vectors())), graft::argument_error);
    CHECK_THROWS_AS(static_cast<void>(graft::project(cloud(10), 4)), graft::argument_error);
    CHECK_THROWS_AS(static_cast<void>(graft::project(cloud(10), 0)), graft::argument_error);
    CHECK_THROWS_AS(static_cast<void>(graft::remove_top_components(cloud(10), 4)), graft::argument_error);
    auto broken = cloud(10).matrix();
    broken(3, 1) = NAN;
    CHECK_THROWS_AS(static_cast<void>(graft::find_components(broken)), graft::argument_error);
}
