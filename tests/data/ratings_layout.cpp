#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <graft/data/detail/ratings_layout.hpp>

using graft::detail::find_ratings_layout;

namespace {

using record = std::vector<std::string>;

} // namespace

TEST_CASE("a header gives columns their roles, in any order") {
    const auto layout = find_ratings_layout(record{"Timestamp", "stars", "x", "ASIN", "reviewer_id"}, {}, {});
    CHECK(layout.header);
    CHECK(layout.fields == 5);
    CHECK(layout.user == 4);
    CHECK(layout.item == 3);
    CHECK(layout.value == 1U);
    CHECK(layout.time == 0U);
}

TEST_CASE("without a header the order is user, item, rating, time") {
    const auto four = find_ratings_layout(record{"a", "b", "3", "4"}, {}, {});
    CHECK_FALSE(four.header);
    CHECK(four.value == 2U);
    CHECK(four.time == 3U);
    const auto two = find_ratings_layout(record{"a", "b"}, record{"c", "d"}, {});
    CHECK_FALSE(two.value);
    CHECK_FALSE(two.time);
    const auto placed = find_ratings_layout(record{"x", "a", "b", "5"}, {},
                                            {.user_column = 1, .item_column = 2, .value_column = 3});
    CHECK(placed.user == 1);
    CHECK(placed.item == 2);
    CHECK(placed.value == 3U);
    CHECK_FALSE(placed.time);
}

TEST_CASE("keys of JSON are wanted in the order user, item, value, time") {
    const auto layout =
        find_ratings_layout({{"date", false}, {"stars", true}, {"user_id", false}, {"business_id", false}},
                            graft::table_options{});
    CHECK(layout.keys == record{"user_id", "business_id", "stars", "date"});
    CHECK(layout.value == 2U);
    CHECK(layout.time == 3U);
}
