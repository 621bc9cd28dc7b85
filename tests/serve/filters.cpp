#include <vector>

#include <doctest/doctest.h>

#include <graft/serve/filters.hpp>

using graft::item_id;
using graft::user_id;

TEST_CASE("among lets the given items pass, and of them what another filter lets pass") {
    const std::vector<item_id> items{item_id{7}, item_id{3}, item_id{7}, item_id{5}};
    const graft::among alone(items);
    CHECK(std::vector<item_id>(alone.items().begin(), alone.items().end()) ==
          std::vector<item_id>{item_id{3}, item_id{5}, item_id{7}});
    CHECK(alone(item_id{5}));
    CHECK(alone(user_id{0}, item_id{3}));
    CHECK_FALSE(alone(user_id{0}, item_id{4}));
    const graft::among of_odd_users(
        items, [](user_id user, item_id item) { return graft::row_of(user) % 2 == 1 && item != item_id{3}; });
    CHECK(of_odd_users(user_id{1}, item_id{7}));
    CHECK_FALSE(of_odd_users(user_id{0}, item_id{7}));
    CHECK_FALSE(of_odd_users(user_id{1}, item_id{3}));
    CHECK_FALSE(of_odd_users(user_id{1}, item_id{8}));
}

TEST_CASE("all_but lets the other items pass") {
    const std::vector<item_id> items{item_id{7}, item_id{3}};
    const graft::all_but filter(items);
    CHECK(filter(item_id{4}));
    CHECK(filter(user_id{0}, item_id{4}));
    CHECK_FALSE(filter(item_id{7}));
    CHECK_FALSE(filter(user_id{9}, item_id{3}));
    CHECK(graft::all_items{}(user_id{9}, item_id{3}));
}
