#include <limits>
#include <vector>

#include <doctest/doctest.h>

#include <graft/data/interactions.hpp>

namespace {

using graft::item_id;
using graft::user_id;

const std::vector<user_id> users{user_id{2}, user_id{0}, user_id{2}};
const std::vector<item_id> items{item_id{1}, item_id{0}, item_id{0}};
const std::vector<float> values{4, 1, 2.5F};

} // namespace

TEST_CASE("a host's own rows are taken as they are and named by their numbers") {
    const auto all = graft::interactions::from_rows(users, items, values, 5, 3);
    CHECK(all.size() == 3);
    CHECK_FALSE(all.empty());
    CHECK(all.num_users() == 5);
    CHECK(all.num_items() == 3);
    CHECK(all.users()[0] == user_id{2});
    CHECK(all.items()[0] == item_id{1});
    CHECK(all.values()[2] == 2.5F);
    CHECK(all.times().empty());
    CHECK(all.id_of(user_id{4}) == "4");
    CHECK(all.user("4") == user_id{4});
    CHECK(all.item(2) == item_id{2});
    CHECK(all.mean() == doctest::Approx(2.5));
    CHECK(all.min() == 1);
    CHECK(all.max() == 4);
}

TEST_CASE("ids outside the tables and values that are not finite are refused with their position") {
    CHECK_THROWS_WITH_AS((void)graft::interactions::from_rows(users, items, values, 2, 3),
                         "interactions: user 2 at position 0 is outside the table of 2 users",
                         graft::argument_error);
    CHECK_THROWS_WITH_AS((void)graft::interactions::from_rows(users, items, values, 3, 1),
                         "interactions: item 1 at position 0 is outside the table of 1 items",
                         graft::argument_error);
    CHECK_THROWS_WITH_AS((void)graft::interactions::from_rows(users, items, std::vector<float>{1, 2}, 3, 2),
                         "interactions: the columns differ in length: 3 users, 3 items, 2 values, 0 times",
                         graft::argument_error);
    CHECK_THROWS_WITH_AS(
        (void)graft::interactions::from_rows(users, items, values, 3, 2, std::vector<std::int64_t>{1}),
        "interactions: the columns differ in length: 3 users, 3 items, 3 values, 1 times",
        graft::argument_error);
    auto bad = values;
    bad[1] = std::numeric_limits<float>::quiet_NaN();
    CHECK_THROWS_WITH_AS((void)graft::interactions::from_rows(users, items, bad, 3, 2),
                         "interactions: the value at position 1 is not a number (NaN)",
                         graft::argument_error);
    bad[1] = -std::numeric_limits<float>::infinity();
    CHECK_THROWS_WITH_AS((void)graft::interactions::from_rows(users, items, bad, 3, 2),
                         "interactions: the value at position 1 is infinite", graft::argument_error);
    CHECK_THROWS_WITH_AS((void)graft::interactions::from_columns({}, {}, {}, {}, nullptr, nullptr),
                         "interactions: an id map is missing (null)", graft::argument_error);
}

TEST_CASE("unknown ids are refused by name") {
    const auto all = graft::interactions::from_rows(users, items, values, 3, 2);
    CHECK_THROWS_WITH_AS((void)all.user("196"),
                         "interactions: user '196' is unknown: it is none of the 3 users of the source",
                         graft::argument_error);
    CHECK_THROWS_WITH_AS((void)all.item(-1),
                         "interactions: item '-1' is unknown: it is none of the 2 items of the source",
                         graft::argument_error);
    CHECK_THROWS_WITH_AS((void)all.id_of(item_id{2}), "id_map: row 2 was asked for; there are 2",
                         graft::argument_error);
}

TEST_CASE("a selection keeps the order asked for and shares the maps") {
    const std::vector<std::int64_t> times{10, 20, 30};
    const auto all = graft::interactions::from_rows(users, items, values, 3, 2, times);
    const auto part = all.select(std::vector<std::size_t>{2, 0});
    CHECK(part.size() == 2);
    CHECK(part.values()[0] == 2.5F);
    CHECK(part.users()[1] == user_id{2});
    CHECK(part.items()[1] == item_id{1});
    CHECK(part.times()[0] == 30);
    CHECK(part.num_users() == 3);
    CHECK(&part.user_ids() == &all.user_ids());
    CHECK(&part.item_ids() == &all.item_ids());
    CHECK(all.select({}).empty());
    CHECK_THROWS_WITH_AS((void)all.select(std::vector<std::size_t>{0, 3}),
                         "interactions: position 3 was selected; there are 3 entries", graft::argument_error);
}

TEST_CASE("no entries have no mean, least or greatest value") {
    const graft::interactions none;
    CHECK(none.empty());
    CHECK(none.num_users() == 0);
    CHECK_THROWS_WITH_AS((void)none.mean(), "interactions: mean of no entries was asked for",
                         graft::argument_error);
    CHECK_THROWS_WITH_AS((void)none.min(), "interactions: min of no entries was asked for",
                         graft::argument_error);
    CHECK_THROWS_WITH_AS((void)none.max(), "interactions: max of no entries was asked for",
                         graft::argument_error);
}

TEST_CASE("interactions that were moved from are as new ones") {
    auto all = graft::interactions::from_rows(users, items, values, 3, 2);
    const auto moved = std::move(all);
    CHECK(moved.size() == 3);
    CHECK(all.num_users() == 0);
    CHECK(all.num_items() == 0);
    CHECK(all.user_ids().empty());
    CHECK(all.item_ids().empty());
    CHECK(all.shared_user_ids() != nullptr);
    CHECK(all.shared_item_ids() != nullptr);
    CHECK(all.select({}).empty());
    CHECK_THROWS_WITH_AS((void)all.user("1"),
                         "interactions: user '1' is unknown: it is none of the 0 users of the source",
                         graft::argument_error);
    CHECK_THROWS_AS((void)all.item(1), graft::argument_error);
    CHECK_THROWS_AS((void)all.id_of(user_id{0}), graft::argument_error);
    CHECK_THROWS_AS((void)all.id_of(item_id{0}), graft::argument_error);
}
