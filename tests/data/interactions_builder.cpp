#include <limits>
#include <string>
#include <tuple>
#include <vector>

#include <doctest/doctest.h>

#include <graft/data/interactions_builder.hpp>

TEST_CASE("ids of any kind are numbered as they appear") {
    graft::interactions_builder builder;
    builder.add("ann", std::uint64_t{18446744073709551615U}, 3.5F)
        .add(std::string("bob"), -7)
        .add("ann", "-7", 2);
    CHECK(builder.size() == 3);
    const auto all = builder.build();
    CHECK(builder.size() == 0);
    CHECK(all.size() == 3);
    CHECK(all.num_users() == 2);
    CHECK(all.num_items() == 2);
    CHECK(all.user("bob") == graft::user_id{1});
    CHECK(all.id_of(graft::item_id{0}) == "18446744073709551615");
    CHECK(all.items()[1] == all.items()[2]);
    CHECK(all.values()[1] == 1);
    CHECK(builder.build().empty());
}

TEST_CASE("bad entries are refused and leave the builder as it was") {
    graft::interactions_builder builder;
    builder.add("a", "x", 1, 100);
    CHECK_THROWS_WITH_AS(builder.add("b", "y", std::numeric_limits<float>::quiet_NaN(), 5),
                         "interactions: the value at position 1 is not a number (NaN)",
                         graft::argument_error);
    CHECK_THROWS_WITH_AS(builder.add("", "y", 1, 5), "interactions: the user id at position 1 is empty",
                         graft::argument_error);
    CHECK_THROWS_WITH_AS(builder.add("b", "", 1, 5), "interactions: the item id at position 1 is empty",
                         graft::argument_error);
    CHECK_THROWS_WITH_AS(builder.add("b", "y"),
                         "interactions: the entry at position 1 has no time, but those before it have one",
                         graft::argument_error);
    const auto all = builder.build();
    CHECK(all.size() == 1);
    CHECK(all.num_users() == 1);
    CHECK(all.times()[0] == 100);
    builder.add("a", "x");
    CHECK_THROWS_WITH_AS(builder.add("b", "y", 1, 5),
                         "interactions: the entry at position 1 has a time, but those before it have none",
                         graft::argument_error);
}

TEST_CASE("plain pairs have the value 1") {
    const auto named = graft::make_interactions({{"ann", "bread"}, {"ann", "milk"}, {"bob", "milk"}});
    CHECK(named.size() == 3);
    CHECK(named.num_users() == 2);
    CHECK(named.id_of(named.items()[2]) == "milk");
    CHECK(named.mean() == 1);
    const auto numbers = graft::make_interactions(std::vector<std::pair<int, long>>{{1, 10}, {1, 11}});
    CHECK(numbers.item(11) == graft::item_id{1});
    const auto tuples =
        graft::make_interactions(std::vector<std::tuple<std::string, std::string>>{{"a", "b"}, {"c", "b"}});
    CHECK(tuples.num_items() == 1);
}

TEST_CASE("a pair that repeats is refused unless a policy is chosen") {
    const std::vector<std::pair<std::string, std::string>> pairs{
        {"a", "x"}, {"a", "y"}, {"b", "x"}, {"a", "x"}};
    CHECK_THROWS_WITH_AS((void)graft::make_interactions(pairs),
                         "interactions: positions 0 and 3 are both user 'a' and item 'x'; choose "
                         "graft::duplicates::keep_first, keep_last or keep_all",
                         graft::argument_error);
    CHECK(graft::make_interactions(pairs, graft::duplicates::keep_first).size() == 3);
    CHECK(graft::make_interactions(pairs, graft::duplicates::keep_all).size() == 4);
}

TEST_CASE("a builder goes on from the rows of others, each time anew") {
    graft::interactions_builder first;
    const auto day1 = first.add("ann", "tea").add("bob", "jam").build();
    graft::interactions_builder builder(day1);
    for (const auto* stranger : {"eve", "zoe"}) {
        const auto day2 = builder.add("bob", "pie").add(stranger, "jam").build();
        CHECK(day2.num_users() == 3);
        CHECK(day2.user("bob") == graft::user_id{1});
        CHECK(day2.user(stranger) == graft::user_id{2});
        CHECK(day2.item("pie") == graft::item_id{2});
    }
    CHECK(builder.add("bob", "tea").build().shared_user_ids() == day1.shared_user_ids());
}
