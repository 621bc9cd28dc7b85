#include <cstddef>
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
using rows = std::vector<std::size_t>;
} // namespace

TEST_CASE("the mean of words, with and without weights") {
    CHECK(graft::mean_vector(some(), words{"a", "b"}) == Eigen::RowVector2f(3, 0));
    CHECK(graft::mean_vector(some(), words{"a", "b", "b", "b"}) == Eigen::RowVector2f(4, -1));
    CHECK(graft::mean_vector(some(), words{"a", "b"}, weights{1, 3}) == Eigen::RowVector2f(4, -1));
    CHECK(graft::mean_vector(some(), words{"b"}, weights{0.5F}) == Eigen::RowVector2f(5, -2));
}

TEST_CASE("the mean of rows is that of their words") {
    CHECK(graft::mean_vector(some(), rows{0, 1}, weights{1, 3}) == Eigen::RowVector2f(4, -1));
    CHECK(graft::mean_vector(some(), rows{1}) == Eigen::RowVector2f(5, -2));
    CHECK_THROWS_AS(static_cast<void>(graft::mean_vector(some(), rows{0, 2})), graft::argument_error);
    CHECK_THROWS_WITH_AS(static_cast<void>(graft::mean_vector(some(), rows{})),
                         "mean_vector: there are no vectors to take the mean of", graft::argument_error);
}

TEST_CASE("mean_vector refuses what has no mean") {
    CHECK_THROWS_AS(static_cast<void>(graft::mean_vector(some(), words{})), graft::argument_error);
    CHECK_THROWS_AS(static_cast<void>(graft::mean_vector(some(), words{"a", "x"})), graft::argument_error);
    CHECK_THROWS_AS(static_cast<void>(graft::mean_vector(some(), words{"a", "b"}, weights{1})),
                    graft::argument_error);
    CHECK_THROWS_AS(static_cast<void>(graft::mean_vector(some(), words{"a", "b"}, weights{1, -1})),
                    graft::argument_error);
}
