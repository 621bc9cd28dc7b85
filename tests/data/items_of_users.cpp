#include <cstddef>
#include <vector>

#include <doctest/doctest.h>

#include <graft/core/ids.hpp>
#include <graft/data/items_of_users.hpp>

#include <support/ratings.hpp>

namespace {

std::vector<unsigned> rows(const graft::items_of_users& items, unsigned user) {
    std::vector<unsigned> result;
    for (const auto item : items[graft::user_id{user}]) result.push_back(static_cast<unsigned>(item));
    return result;
}

} // namespace

TEST_CASE("the items of each user are ascending, and each is there once") {
    const graft::items_of_users items(ratings({2, 0, 2, 2, 0}, {1, 2, 0, 1, 2}, {1, 1, 1, 1, 1}));
    CHECK(items.num_users() == 3);
    CHECK(rows(items, 0) == std::vector<unsigned>{2});
    CHECK(rows(items, 1).empty());
    CHECK(rows(items, 2) == std::vector<unsigned>{0, 1});
    CHECK(rows(items, 99).empty());
    CHECK(items.has(graft::user_id{2}, graft::item_id{1}));
    CHECK(!items.has(graft::user_id{2}, graft::item_id{2}));
    CHECK(!items.has(graft::user_id{99}, graft::item_id{2}));
}

TEST_CASE("the items of several data are put together") {
    const auto a = ratings({0, 1}, {2, 1}, {1, 1});
    const auto b = ratings({0, 0}, {1, 2}, {1, 1});
    const graft::items_of_users items{&a, &b};
    CHECK(rows(items, 0) == std::vector<unsigned>{1, 2});
    CHECK(rows(items, 1) == std::vector<unsigned>{1});
    CHECK(rows(items, 2).empty());
}
