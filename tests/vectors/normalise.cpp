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
