#include <vector>

#include <doctest/doctest.h>

#include <graft/core/random.hpp>
#include <graft/data/interactions.hpp>
#include <graft/serve/unseen.hpp>

using graft::item_id;
using graft::user_id;

TEST_CASE("an item is unseen by a user who has no interaction with it") {
    graft::random_engine engine(3);
    std::vector<user_id> users;
    std::vector<item_id> items;
    std::vector<std::vector<char>> seen(20, std::vector<char>(15, 0));
    for (int k = 0; k < 150; ++k) {                      // some pairs come again
        const auto user = graft::draw_below(engine, 19); // the last has none
        const auto item = graft::draw_below(engine, 15);
        users.push_back(static_cast<user_id>(user));
        items.push_back(static_cast<item_id>(item));
        seen[user][item] = 1;
    }
    const std::vector<float> values(users.size(), 1.0F);
    const graft::unseen_in unseen(graft::interactions::from_rows(users, items, values, 20, 15));
    for (unsigned u = 0; u < 20; ++u)
        for (unsigned i = 0; i < 15; ++i) CHECK(unseen(user_id{u}, item_id{i}) == (seen[u][i] == 0));
    CHECK(unseen(user_id{20}, item_id{0})); // came after
    CHECK(graft::unseen_in(graft::interactions{})(user_id{0}, item_id{0}));
}
