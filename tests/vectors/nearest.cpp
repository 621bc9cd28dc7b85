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

TEST_CASE("rows that are very long or very short are as near as others of their direction") {
    graft::keyed_vectors::matrix_type matrix(7, 2);
    matrix << 3, 4, 3e30F, 4e30F, 3e-30F, 4e-30F, 3e38F, 3e38F, -3e-44F, -4e-44F, 0, 0, 4, -3;
    const graft::keyed_vectors vectors(std::vector<std::string>{"a", "b", "c", "d", "e", "f", "g"}, matrix);
    const auto check = [](const std::vector<graft::neighbour>& found, std::size_t as) {
        REQUIRE(found.size() == 5); // not itself, nor the row of zeros
        for (const auto& n : found) {
            const double want = n.row == 3 ? 7 / std::sqrt(50.0) : n.row == 4 ? -1 : n.row == 6 ? 0 : 1;
            CAPTURE(as);
            CAPTURE(n.row);
            CHECK(static_cast<double>(n.cosine) == doctest::Approx(want).epsilon(n.row == 4 ? 0.05 : 1e-5));
        }
    };
    for (const std::size_t as : {0U, 1U, 2U}) check(graft::nearest(vectors, vectors.word(as), 7), as);
    matrix.row(3).setConstant(std::numeric_limits<float>::infinity());
    const graft::keyed_vectors infinite(std::vector<std::string>{"a", "b", "c", "d", "e", "f", "g"}, matrix);
    CHECK(graft::nearest(infinite, "a", 7).size() == 4);
}
