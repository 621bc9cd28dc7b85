#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <graft/core/detail/utf8.hpp>
#include <graft/core/error.hpp>
#include <graft/core/ids.hpp>
#include <graft/core/random.hpp>
#include <graft/data/detail/group.hpp>
#include <graft/data/interactions.hpp>

namespace graft::inline v0_1 {

/// What to do for a user who has too few unobserved items for the negatives asked for.
enum class shortage {
    error,   ///< refuse
    take_all ///< each unobserved item becomes a negative of that user, and there are no more
};

/// The positives in their order and then, with the value 0, per_positive pairs for each of them that were not
/// observed: the same user, an item drawn evenly from those that the user has no entry with, no item twice
/// for a user. A negative has the time of its positive. Throws argument_error, naming the user, where
/// unobserved items are too few and the policy is shortage::error. O(output + users + items).
[[nodiscard]] inline interactions with_negatives(const interactions& positives, std::size_t per_positive,
                                                 std::uint64_t seed, shortage policy = shortage::error) {
    const auto by_user = detail::group_by(positives.users(), positives.num_users());
    const auto all_items = positives.items();
    const std::size_t num_items = positives.num_items();

    // An item is taken, that is observed or drawn, if its mark is the user's row + 1.
    std::vector<std::size_t> mark(num_items, 0);
    std::vector<std::size_t> wanted(by_user.size());
    std::vector<std::size_t> observed(by_user.size(), 0);
    std::size_t total = positives.size();
    for (std::size_t user = 0; user < by_user.size(); ++user) {
        for (const std::size_t position : by_user[user])
            if (std::exchange(mark[row_of(all_items[position])], user + 1) != user + 1) ++observed[user];
        const std::size_t count = by_user[user].size();
        const std::size_t left = num_items - observed[user];
        const bool enough = count == 0 || per_positive <= left / count;
        if (!enough && policy == shortage::error)
            throw argument_error(
                "with_negatives: user " + detail::quote(positives.id_of(static_cast<user_id>(user))) +
                " has " + std::to_string(observed[user]) + " of " + std::to_string(num_items) +
                " items, which leaves " + std::to_string(left) + " for " + std::to_string(per_positive) +
                " negatives for each of " + std::to_string(count) +
                " positives; ask for fewer or choose graft::shortage::take_all");
        wanted[user] = enough ? count * per_positive : left;
        total += wanted[user];
    }

    std::vector<user_id> users(positives.users().begin(), positives.users().end());
    std::vector<item_id> items(all_items.begin(), all_items.end());
    std::vector<float> values(positives.values().begin(), positives.values().end());
    std::vector<std::int64_t> times(positives.times().begin(), positives.times().end());
    users.reserve(total);
    items.reserve(total);
    values.resize(total, 0.0F);
    if (!times.empty()) times.reserve(total);

    random_engine engine(seed);
    std::fill(mark.begin(), mark.end(), 0);
    std::vector<std::size_t> unobserved;
    for (std::size_t user = 0; user < by_user.size(); ++user) {
        const auto positions = by_user[user];
        for (const std::size_t position : positions) mark[row_of(all_items[position])] = user + 1;
        // Where most items end up taken, free ones are rare, so they are listed; elsewhere a draw that hits a
        // taken one is repeated, less than once on average. Either way the work is of the order of the
        // output.
        const bool listed = observed[user] + wanted[user] > num_items / 2;
        if (listed) {
            unobserved.clear();
            for (std::size_t item = 0; item < num_items; ++item)
                if (mark[item] != user + 1) unobserved.push_back(item);
        }
        for (std::size_t drawn = 0; drawn < wanted[user]; ++drawn) {
            std::size_t item = 0;
            if (listed) {
                const auto ahead = static_cast<std::size_t>(draw_below(engine, unobserved.size() - drawn));
                std::swap(unobserved[drawn], unobserved[drawn + ahead]);
                item = unobserved[drawn];
            } else {
                do {
                    item = static_cast<std::size_t>(draw_below(engine, num_items));
                } while (std::exchange(mark[item], user + 1) == user + 1);
            }
            users.push_back(static_cast<user_id>(user));
            items.push_back(static_cast<item_id>(item));
            if (!times.empty()) times.push_back(positives.times()[positions[drawn / per_positive]]);
        }
    }
    return interactions::from_columns(std::move(users), std::move(items), std::move(values), std::move(times),
                                      positives.shared_user_ids(), positives.shared_item_ids());
}

} // namespace graft::inline v0_1
