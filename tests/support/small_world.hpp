#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <graft/core/ids.hpp>
#include <graft/core/random.hpp>
#include <graft/data/interactions.hpp>

/// Ratings with a planted structure: mean 3 plus the product of two hidden factors.
inline graft::interactions small_world(std::size_t users, std::size_t items, std::size_t count,
                                       std::uint64_t seed = 1) {
    graft::random_engine engine(seed);
    std::vector<double> taste(users), trait(items);
    for (auto& t : taste) t = graft::draw_normal_pair(engine).first;
    for (auto& t : trait) t = graft::draw_normal_pair(engine).first;
    std::vector<graft::user_id> u;
    std::vector<graft::item_id> i;
    std::vector<float> r;
    for (std::size_t k = 0; k < count; ++k) {
        const auto user = static_cast<std::size_t>(graft::draw_below(engine, users));
        const auto item = static_cast<std::size_t>(graft::draw_below(engine, items));
        u.push_back(static_cast<graft::user_id>(user));
        i.push_back(static_cast<graft::item_id>(item));
        r.push_back(static_cast<float>(3 + taste[user] * trait[item]));
    }
    return graft::interactions::from_rows(u, i, r, users, items);
}
