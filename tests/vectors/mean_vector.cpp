#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <graft/vectors/mean_vector.hpp>

namespace {
graft::keyed_vectors some() {
    graft::keyed_vectors::matrix_type matrix(2, 2);
    matrix << 1, 2, 5, -2;
    return {std::vector<std::string>{"a", "b"}, matrix};
}
using words = std::vector<std::string>;
using weights = std::vector<float>;
} // namespace

TEST_CASE("the mean of words, with and without weights") {
    CHECK(graft::mean_vector(some(), words{"a", "b"}) == Eigen::RowVector2f(3, 0));
    CHECK(graft::mean_vector(some(), words{"a", "b", "b", "b"}) == Eigen::RowVector2f(4, -1));
    CHECK(graft::mean_vector(some(), words{"a", "b"}, weights{1, 3}) == Eigen::RowVector2f(4, -1));
    CHECK(graft::mean_vector(some(), words{"b"}, weights{0.5F}) == Eigen::RowVector2f(5, -2));
}

TEST_CASE("mean_vector refuses what has no mean") {
    CHECK_THROWS_AS(static_cast<void>(graft::mean_vector(some(), words{})), graft::argument_error);
    CHECK_THROWS_AS(static_cast<void>(graft::mean_vector(some(), words{"a", "x"})), graft::argument_error);
    CHECK_THROWS_AS(static_cast<void>(graft::mean_vector(some(), words{"a", "b"}, weights{1})),
                    graft::argument_error);
    CHECK_THROWS_AS(static_cast<void>(graft::mean_vector(some(), words{"a", "b"}, weights{1, -1})),
                    graft::argument_error);
}
