#pragma once

#include <cstddef>
#include <vector>

#include <graft/core/ids.hpp>
#include <graft/core/random.hpp>

namespace test {

struct batch {
    std::vector<graft::user_id> users;
    std::vector<graft::item_id> items;
    std::vector<float> targets;
    std::vector<float> weights{}; // or none
};

inline batch random_batch(graft::random_engine& engine, std::size_t size, std::size_t users,
                          std::size_t items) {
    batch b;
    for (std::size_t k = 0; k < size; ++k) {
        b.users.push_back(static_cast<graft::user_id>(graft::draw_below(engine, users)));
        b.items.push_back(static_cast<graft::item_id>(graft::draw_below(engine, items)));
        b.targets.push_back(static_cast<float>(graft::draw_uniform(engine) * 4 + 1));
    }
    return b;
}

/// The same in groups of one user each.
inline batch grouped_batch(graft::random_engine& engine, std::size_t groups, std::size_t group,
                           std::size_t users, std::size_t items) {
    auto b = random_batch(engine, groups * group, users, items);
    for (std::size_t k = 0; k < b.users.size(); ++k) b.users[k] = b.users[k - k % group];
    return b;
}

} // namespace test
