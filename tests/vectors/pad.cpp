#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <graft/vectors/pad.hpp>

TEST_CASE("rows grow by zeros, and do not shrink") {
    graft::keyed_vectors::matrix_type matrix(1, 2);
    matrix << 1, 2;
    const graft::keyed_vectors vectors(std::vector<std::string>{"a"}, matrix);
    CHECK(graft::pad(vectors, 4)["a"] == Eigen::RowVector4f(1, 2, 0, 0));
    CHECK(graft::pad(vectors, 2).matrix() == matrix);
    CHECK_THROWS_AS(static_cast<void>(graft::pad(vectors, 1)), graft::argument_error);
}
