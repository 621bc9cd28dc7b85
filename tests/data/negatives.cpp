#include <algorithm>
#include <cmath>
#include <set>
#include <vector>

#include <doctest/doctest.h>

#include <graft/data/interactions_builder.hpp>
#include <graft/data/negatives.hpp>

namespace {

using graft::item_id;
using graft::user_id;
using pair = std::pair<user_id, item_id>;

/// User u has the items 0, 1, ..., u - 1 of num_items.
graft::interactions staircase(std::size_t num_users, std::size_t num_items) {
    std::vector<user_id> users;
    std::vector<item_id> items;
    for (std::size_t user = 0; user < num_users; ++user)
        for (std::size_t item = 0; item < user; ++item) {
            users.push_back(static_cast<user_id>(user));
            items.push_back(static_cast<item_id>(item));
        }
    return graft::interactions::from_rows(users, items, std::vector<float>(users.size(), 1.0F), num_users,
                                          num_items);
}

} // namespace

TEST_CASE("the positives stay, and each gets its unobserved pairs with the value 0") {
    for (const std::size_t num_items : {31U, 40U, 1000U}) { // from nearly all taken to nearly none
        const auto positives = staircase(11, num_items);
        const auto all = graft::with_negatives(positives, 2, 9);
        REQUIRE(all.size() == 3 * positives.size());
        CHECK(&all.item_ids() == &positives.item_ids());
        std::set<pair> observed;
        for (std::size_t i = 0; i < positives.size(); ++i) {
            CHECK(all.users()[i] == positives.users()[i]);
            CHECK(all.items()[i] == positives.items()[i]);
            CHECK(all.values()[i] == 1);
            observed.emplace(all.users()[i], all.items()[i]);
        }
        std::vector<std::size_t> count(11);
        for (std::size_t i = positives.size(); i < all.size(); ++i) {
            CHECK(all.values()[i] == 0);
            CHECK(
                observed.emplace(all.users()[i], all.items()[i]).second); // neither observed nor drawn before
            ++count[row_of(all.users()[i])];
        }
        for (std::size_t user = 0; user < 11; ++user) CHECK(count[user] == 2 * user);
    }
}

TEST_CASE("the seed decides, and nothing else") {
    const auto positives = staircase(11, 40);
    const auto first = graft::with_negatives(positives, 1, 9);
    const auto again = graft::with_negatives(positives, 1, 9);
    const auto other = graft::with_negatives(positives, 1, 10);
    CHECK(std::equal(first.items().begin(), first.items().end(), again.items().begin(), again.items().end()));
    CHECK_FALSE(
        std::equal(first.items().begin(), first.items().end(), other.items().begin(), other.items().end()));
    CHECK(graft::with_negatives(positives, 0, 9).size() == positives.size());
    CHECK(graft::with_negatives(graft::interactions{}, 3, 9).empty());
}

TEST_CASE("unobserved items are drawn equally often, whether few are free or many") {
    for (const std::size_t num_items : {8U, 13U}) {
        const auto positives = staircase(4, num_items); // the last user has three items
        std::vector<int> count(num_items);
        for (std::uint64_t seed = 0; seed < 3000; ++seed) {
            const auto all = graft::with_negatives(positives, 1, seed);
            for (std::size_t i = positives.size(); i < all.size(); ++i)
                if (all.users()[i] == user_id{3}) ++count[row_of(all.items()[i])];
        }
        const double expected = 3.0 * 3000 / static_cast<double>(num_items - 3);
        for (std::size_t item = 0; item < num_items; ++item)
            CHECK(std::abs(count[item] - (item < 3 ? 0 : expected)) <=
                  (item < 3 ? 0 : 5 * std::sqrt(expected)));
    }
}

TEST_CASE("negatives have the time of their positive") {
    graft::interactions_builder builder;
    builder.add("a", "x", 1, 10)
        .add("b", "y", 1, 20)
        .add("a", "z", 1, 30)
        .add("b", "v", 1, 40)
        .add("b", "w", 1, 50);
    const auto all = graft::with_negatives(builder.build(), 1, 1, graft::shortage::take_all);
    REQUIRE(all.size() == 9);
    const std::vector<std::int64_t> expected{10, 20, 30, 40, 50, 10, 30, 20, 40};
    CHECK(std::vector(all.times().begin(), all.times().end()) == expected);
}

TEST_CASE("too few unobserved items are an error or all taken, as chosen") {
    const auto positives = staircase(4, 5); // the last user has 3 of 5
    CHECK_THROWS_WITH_AS(
        (void)graft::with_negatives(positives, 1, 0),
        "with_negatives: user '3' has 3 of 5 items, which leaves 2 for 1 negatives for each of 3 "
        "positives; ask for fewer or choose graft::shortage::take_all",
        graft::argument_error);
    const auto all = graft::with_negatives(positives, 1, 0, graft::shortage::take_all);
    CHECK(all.size() == 6 + 1 + 2 + 2);
    const auto most = graft::with_negatives(positives, ~std::size_t{0}, 0, graft::shortage::take_all);
    CHECK(most.size() == 6 + 4 + 3 + 2);
    CHECK_THROWS_AS((void)graft::with_negatives(positives, std::size_t{1} << 63U, 0), graft::argument_error);
    CHECK(graft::with_negatives(positives, std::size_t{1} << 63U, 0, graft::shortage::take_all).size() ==
          most.size());
}

TEST_CASE("a pair observed twice counts as two positives and one taken item") {
    const std::vector<user_id> users(2, user_id{0});
    const std::vector<item_id> items(2, item_id{1});
    const auto positives = graft::interactions::from_rows(users, items, std::vector<float>{1, 1}, 1, 3);
    const auto all = graft::with_negatives(positives, 1, 4);
    REQUIRE(all.size() == 4);
    CHECK(std::set{all.items()[2], all.items()[3]} == std::set{item_id{0}, item_id{2}});
}
