#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include <graft/core/ids.hpp>
#include <graft/core/random.hpp>

/// What the benches of training and its roofline share.
namespace bench {

struct table_size {
    const char* name;
    std::size_t users;
    std::size_t items;
};

inline constexpr table_size sizes[] = {{"S", 943, 1682},
                                       {"M", 6040, 3706},
                                       {"L", 200'000, 50'000},
                                       {"XL", 1'000'000, 200'000},
                                       {"XXL", 10'000'000, 1'000'000}};

/// Whether only a sign of life is wanted.
inline bool small() { return std::getenv("GRAFT_BENCH_SMALL") != nullptr; }

/// Uniformly random interactions with ratings from 1 to 5.
struct random_interactions {
    std::vector<graft::user_id> users;
    std::vector<graft::item_id> items;
    std::vector<float> targets;

    random_interactions(const table_size& size, std::size_t count) {
        graft::random_engine engine(1);
        for (std::size_t k = 0; k < count; ++k) {
            users.push_back(static_cast<graft::user_id>(graft::draw_below(engine, size.users)));
            items.push_back(static_cast<graft::item_id>(graft::draw_below(engine, size.items)));
            targets.push_back(static_cast<float>(1 + graft::draw_below(engine, 5)));
        }
    }

    /// Groups of one user each instead: a click, and items that were not clicked.
    void make_groups(std::size_t group) {
        for (std::size_t k = 0; k < users.size(); ++k) {
            users[k] = users[k - k % group];
            targets[k] = k % group == 0 ? 1.0F : 0.0F;
        }
    }
};

} // namespace bench
