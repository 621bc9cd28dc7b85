#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <graft/core/ids.hpp>
#include <graft/core/random.hpp>
#include <graft/data/interactions.hpp>

// What tests of several MPI ranks share: each of them has all of it.
namespace on_ranks {

/// Some rows stand in every batch several times, most are rare.
struct world {
    std::vector<graft::user_id> users;
    std::vector<graft::item_id> items;
    std::vector<float> values;
    std::size_t num_users, num_items;

    world(std::size_t size, std::size_t user_rows, std::size_t item_rows, std::uint64_t seed = 3)
        : num_users(user_rows), num_items(item_rows) {
        graft::random_engine engine(seed);
        for (std::size_t k = 0; k < size; ++k) {
            users.push_back(
                static_cast<graft::user_id>(k % 3 == 0 ? k % 7 : graft::draw_below(engine, user_rows)));
            items.push_back(
                static_cast<graft::item_id>(k % 2 == 0 ? k % 11 : graft::draw_below(engine, item_rows)));
            values.push_back(static_cast<float>(graft::draw_below(engine, 2)));
        }
    }
    [[nodiscard]] graft::interactions interactions() const {
        return graft::interactions::from_rows(users, items, values, num_users, num_items);
    }
};

template <class One, class All>
bool same_weights(const One& one, const All& all) {
    return one.users().weights() == all.users().weights() && one.items().weights() == all.items().weights();
}

} // namespace on_ranks
