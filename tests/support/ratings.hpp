#pragma once

#include <vector>

#include <graft/core/ids.hpp>
#include <graft/data/interactions.hpp>

/// Ratings of three users and three items.
inline graft::interactions ratings(const std::vector<unsigned>& u, const std::vector<unsigned>& i,
                                   const std::vector<float>& r) {
    std::vector<graft::user_id> users;
    std::vector<graft::item_id> items;
    for (auto x : u) users.push_back(graft::user_id{x});
    for (auto x : i) items.push_back(graft::item_id{x});
    return graft::interactions::from_rows(users, items, r, 3, 3);
}
