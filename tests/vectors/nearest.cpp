#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <graft/vectors/nearest.hpp>

namespace {
graft::keyed_vectors some() {
    graft::keyed_vectors::matrix_type matrix(5, 2);
    matrix << 1, 0, 10, 0, 1, 1, -2, 0, 0, 0;
    return {std::vector<std::string>{"east", "far east", "north-east", "west", "nowhere"}, matrix};
}
} // namespace

TEST_CASE("the nearest words have the largest cosine, and equal ones keep their order") {
    const auto found = graft::nearest(some(), Eigen::RowVector2f(3, 0), 10);
    REQUIRE(found.size() == 4); // a vector of zeros is near nothing
    CHECK(found[0].row == 0);
    CHECK(found[1].row == 1);
    CHECK(found[2].row == 2);
    CHECK(found[2].cosine == doctest::Approx(std::sqrt(0.5)));
    CHECK(found[3].cosine == doctest::Approx(-1));
    CHECK(graft::nearest(some(), Eigen::RowVector2f(3, 0), 1).size() == 1);
    CHECK(graft::nearest(some(), Eigen::RowVector2f(3, 0), 0).empty());
}

TEST_CASE("a word is not its own neighbour") {
    const auto found = graft::nearest(some(), "east", 2);
    REQUIRE(found.size() == 2);
    CHECK(found[0].row == 1);
    CHECK(found[1].row == 2);
}

TEST_CASE("nearest refuses what has no direction or another size") {
    CHECK_THROWS_AS(static_cast<void>(graft::nearest(some(), "south", 1)), graft::argument_error);
    CHECK_THROWS_AS(static_cast<void>(graft::nearest(some(), "nowhere", 1)), graft::argument_error);
    CHECK_THROWS_AS(static_cast<void>(graft::nearest(some(), Eigen::RowVector3f(1, 2, 3), 1)),
                    graft::argument_error);
    CHECK_THROWS_AS(static_cast<void>(graft::nearest(
                        some(), Eigen::RowVector2f(1, std::numeric_limits<float>::quiet_NaN()), 1)),
                    graft::argument_error);
}
