#include <limits>
#include <span>
#include <vector>

#include <doctest/doctest.h>

#include <graft/core/ids.hpp>
#include <graft/model/embedding_table.hpp>

#include <support/backend.hpp>

TEST_CASE("factors start from the seeded normal distribution and biases at 0") {
    const test::embedding_table<double> table(400, 25, {.mean = 1, .stddev = 0.5, .seed = 3}, true);
    const auto all = table.factors();
    CHECK(all.rows() == 400);
    CHECK(all.cols() == 25);
    CHECK(all.mean() == doctest::Approx(1).epsilon(0.02));
    CHECK((all.array() - all.mean()).square().mean() == doctest::Approx(0.25).epsilon(0.03));
    for (std::size_t r = 0; r < 400; ++r) CHECK(table.bias(r) == 0);
    const test::embedding_table<double> again(400, 25, {.mean = 1, .stddev = 0.5, .seed = 3}, true);
    CHECK(again.weights() == table.weights());
    const test::embedding_table<double> other(400, 25, {.mean = 1, .stddev = 0.5, .seed = 4}, true);
    CHECK(other.weights() != table.weights());
}

TEST_CASE("rows and biases are read as they were written") {
    test::embedding_table<float, 3> table(2, 3, {.stddev = 0}, true);
    table.set_row(1, Eigen::Vector3d(1, 2, 3));
    table.set_bias(1, 4);
    CHECK(table.row(0).isZero());
    CHECK(table.row(1) == Eigen::Vector3f(1, 2, 3));
    CHECK(table.bias(1) == 4);
    CHECK(table.weights() == std::vector<float>{0, 0, 0, 0, 1, 2, 3, 4});
    const std::vector<graft::item_id> rows{graft::item_id{1}, graft::item_id{0}, graft::item_id{1}};
    CHECK(table.rows_of(std::span(rows)) == std::vector<float>{1, 2, 3, 4, 0, 0, 0, 0, 1, 2, 3, 4});
    auto copy = table;
    copy.set_weights({8, 7, 6, 5, 4, 3, 2, 1});
    CHECK(copy.row(0) == Eigen::Vector3f(8, 7, 6));
    CHECK(copy.bias(1) == 1);
    CHECK(table.row(0).isZero());
    const auto moved = std::move(copy);
    CHECK(moved.row(1) == Eigen::Vector3f(4, 3, 2));
}

TEST_CASE("what does not fit a table is refused") {
    using table = test::embedding_table<float>;
    using fixed = test::embedding_table<float, 3>;
    CHECK_THROWS_WITH_AS(table(2, 0),
                         "embedding_table: dim must be at least 1; give it where the type has none",
                         graft::argument_error);
    CHECK_THROWS_WITH_AS(fixed(2, 4), "embedding_table: dim is 4 where the type says 3",
                         graft::argument_error);
    CHECK_THROWS_WITH_AS(table(2, 3, {.stddev = -1}),
                         "init: mean must be finite and stddev a finite number >= 0", graft::argument_error);
    CHECK_THROWS_WITH_AS(table(std::size_t{1} << 40U, 3),
                         "table: 1099511627776 rows of 3 numbers are more than can be addressed",
                         graft::argument_error);
    CHECK_THROWS_WITH_AS(table(std::size_t{1} << 31U, std::size_t{1} << 40U),
                         "table: 2147483648 rows of 1099511627776 numbers are more than can be addressed",
                         graft::argument_error);
    table t(2, 3, {.stddev = 0});
    CHECK_THROWS_WITH_AS((void)t.row(2), "embedding_table: there is no row 2; the table has 2",
                         graft::argument_error);
    CHECK_THROWS_WITH_AS(t.set_row(0, Eigen::Vector2f::Zero()),
                         "embedding_table: a vector of 2 numbers does not fit rows of 3",
                         graft::argument_error);
    Eigen::Vector3f bad(1, std::numeric_limits<float>::quiet_NaN(), 2);
    CHECK_THROWS_WITH_AS(t.set_row(0, bad), "embedding_table: the vector for row 0 is not finite",
                         graft::argument_error);
    CHECK_THROWS_WITH_AS((void)t.bias(0), "embedding_table: this table has no biases", graft::argument_error);
    CHECK_THROWS_WITH_AS(t.set_weights({1, 2}), "embedding_table: 2 numbers do not fill 2 rows of 3",
                         graft::argument_error);
    CHECK_THROWS_WITH_AS(t.set_weights(std::vector<float>(6, std::numeric_limits<float>::infinity())),
                         "embedding_table: number 0 of the weights is not finite", graft::argument_error);
    CHECK_THROWS_WITH_AS(table(2, 3, {.stddev = 1e300}),
                         "init: mean and stddev must leave room in the table's numbers",
                         graft::argument_error);
    CHECK(t.factors().isZero());
}

TEST_CASE("what is moved from has no rows") {
    test::embedding_table<float> t(2, 3);
    const auto moved = std::move(t);
    CHECK(moved.rows() == 2);
    CHECK(t.rows() == 0); // NOLINT(bugprone-use-after-move)
    CHECK(t.weights().empty());
    const auto copy = t;
    CHECK(copy.rows() == 0);
}

TEST_CASE("a table without rows is a table") {
    const test::embedding_table<float> none(0, 3);
    CHECK(none.factors().size() == 0);
    CHECK(none.weights().empty());
}
