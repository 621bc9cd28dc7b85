#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <graft/vectors/normalise.hpp>

TEST_CASE("rows are divided by their length, and rows of zeros stay") {
    graft::keyed_vectors::matrix_type matrix(3, 2);
    matrix << 3, 4, 0, 0, 0, -1e-30F;
    const auto vectors = graft::normalise({std::vector<std::string>{"a", "b", "c"}, matrix});
    CHECK(vectors["a"].isApprox(Eigen::RowVector2f(0.6F, 0.8F)));
    CHECK(vectors["b"] == Eigen::RowVector2f(0, 0));
    CHECK(vectors["c"].isApprox(Eigen::RowVector2f(0, -1)));
}

TEST_CASE("rows that are very long or very short get length 1 too") {
    graft::keyed_vectors::matrix_type matrix(3, 2);
    matrix << 3e38F, 3e38F, 3e-30F, 4e-30F, 1e-44F, 0;
    const auto unit = graft::normalise({std::vector<std::string>{"a", "b", "c"}, matrix});
    for (std::size_t i = 0; i < 3; ++i) CHECK(unit.row(i).norm() == doctest::Approx(1.0F));
}
