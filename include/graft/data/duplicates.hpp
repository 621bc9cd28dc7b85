#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <graft/core/detail/utf8.hpp>
#include <graft/core/error.hpp>
#include <graft/core/ids.hpp>
#include <graft/core/thread_pool.hpp>
#include <graft/data/interactions.hpp>

namespace graft::inline v0_1 {

/// What to do with a (user, item) pair that occurs more than once.
enum class duplicates {
    error,      ///< refuse
    keep_first, ///< the first occurrence stays at its place
    keep_last,  ///< the last occurrence stays at its place
    keep_all    ///< each is an entry of its own
};

namespace detail {

/// Calls seen(thread, position, later) for each entry and the next one of the same pair, in O(size + users +
/// items) for each thread. Threads take ranges of users in turn, so that little memory is needed besides. users,
/// items: [size], below the numbers of rows. Position is wide enough for the size.
template <class Position, class Seen>
void for_each_repetition(std::span<const user_id> users, std::span<const item_id> items,
                         std::size_t num_users, std::size_t num_items, thread_pool& pool, Seen& seen) {
    std::vector<Position> next(num_users +
                               1); // where the next entry of each user goes, in the order of users
    for (const user_id user : users) ++next[row_of(user) + 1];
    for (std::size_t user = 0; user < num_users; ++user) next[user + 1] += next[user];
    const std::size_t ranges = (std::max)(pool.size(), std::size_t{2});
    std::vector<std::size_t> first_users; // of ranges that have about as many entries each
    std::vector<std::size_t> starts;
    for (std::size_t range = 0; range < ranges; ++range) {
        const auto from = static_cast<Position>(users.size() / ranges * range);
        const auto found = std::lower_bound(next.begin(), next.end() - 1, from);
        first_users.push_back(static_cast<std::size_t>(found - next.begin()));
        starts.push_back(*found);
    }
    first_users.push_back(num_users);
    starts.push_back(users.size());
    pool.run([&](std::size_t thread) {
        constexpr std::uint32_t none = 0xffff'ffffU;
        std::vector<std::uint32_t> user_of(num_items, none); // the last user of each item
        std::vector<Position> last_of;                       // and the position
        std::vector<item_id> items_of;   // of each user's entries, in ascending order of positions
        std::vector<Position> positions; // the same where an item repeats
        for (std::size_t range = thread; range < ranges; range += pool.size()) {
            const std::size_t from = first_users[range];
            const std::size_t to = first_users[range + 1];
            const std::size_t start = starts[range];
            const std::size_t size = starts[range + 1] - start;
            // put(place, position) for the entries of the range's users: places go on from user to user.
            const auto by_user = [&](auto&& put) {
                std::size_t chosen[256]; // first, as no branch foresees which they are
                for (std::size_t position = 0; position < users.size();) {
                    std::size_t count = 0;
                    for (const auto end = (std::min)(users.size(), position + std::size(chosen));
                         position < end; ++position) {
                        chosen[count] = position;
                        count += row_of(users[position]) - from < to - from ? 1U : 0U;
                    }
                    for (std::size_t i = 0; i < count; ++i)
                        put(next[row_of(users[chosen[i]])]++ - start, chosen[i]);
                }
            };
            const auto each = [&](auto&& take) { // take(user, place); next is where the entries of each end
                std::size_t place = 0;
                for (std::size_t user = from; user < to; ++user)
                    for (; place < next[user] - start; ++place) take(static_cast<std::uint32_t>(user), place);
            };
            items_of.resize(size);
            by_user([&](std::size_t place, std::size_t position) { items_of[place] = items[position]; });
            bool any = false;
            each([&](std::uint32_t user, std::size_t place) {
                auto& before = user_of[row_of(items_of[place])];
                any |= before == user;
                before = user;
            });
            if (!any) continue; // nearly always

            for (std::size_t user = to; user-- > from;)
                next[user] = user == from ? static_cast<Position>(start) : next[user - 1];
            positions.resize(size);
            by_user([&](std::size_t place, std::size_t position) {
                positions[place] = static_cast<Position>(position);
            });
            std::fill(user_of.begin(), user_of.end(), none);
            last_of.resize(num_items);
            each([&](std::uint32_t user, std::size_t place) {
                const auto item = row_of(items_of[place]);
                if (user_of[item] == user) seen(thread, last_of[item], positions[place]);
                user_of[item] = user;
                last_of[item] = positions[place];
            });
        }
    });
}
template <class Seen>
void for_each_repetition(std::span<const user_id> users, std::span<const item_id> items,
                         std::size_t num_users, std::size_t num_items, thread_pool& pool, Seen&& seen) {
    if (users.size() < 0xffff'ffffU)
        for_each_repetition<std::uint32_t>(users, items, num_users, num_items, pool, seen);
    else
        for_each_repetition<std::size_t>(users, items, num_users, num_items, pool, seen);
}

/// The repetition that ends first in the order of the entries.
[[nodiscard]] inline std::optional<std::pair<std::size_t, std::size_t>>
first_repetition(std::span<const user_id> users, std::span<const item_id> items, std::size_t num_users,
                 std::size_t num_items, thread_pool& pool) {
    std::vector<std::optional<std::pair<std::size_t, std::size_t>>> firsts(pool.size());
    for_each_repetition(users, items, num_users, num_items, pool,
                        [&](std::size_t thread, std::size_t position, std::size_t later) {
                            auto& first = firsts[thread];
                            if (!first || later < first->second) first = {position, later};
                        });
    std::optional<std::pair<std::size_t, std::size_t>> first;
    for (const auto& found : firsts)
        if (found && (!first || found->second < first->second)) first = found;
    return first;
}

/// Which entries keep_first or keep_last leave out, [size]; empty where no pair repeats.
[[nodiscard]] inline std::vector<char> repetitions_to_drop(std::span<const user_id> users,
                                                           std::span<const item_id> items,
                                                           std::size_t num_users, std::size_t num_items,
                                                           duplicates policy, thread_pool& pool) {
    std::vector<std::vector<std::size_t>> found(pool.size());
    for_each_repetition(users, items, num_users, num_items, pool,
                        [&](std::size_t thread, std::size_t position, std::size_t later) {
                            found[thread].push_back(policy == duplicates::keep_first ? later : position);
                        });
    std::vector<char> dropped;
    for (const auto& positions : found)
        for (const auto position : positions) {
            if (dropped.empty()) dropped.resize(users.size());
            dropped[position] = 1;
        }
    return dropped;
}

} // namespace detail

/// The entries that a policy leaves, in their order. Throws argument_error for duplicates::error if a pair
/// repeats, naming both positions. O(size + users + items).
[[nodiscard]] inline interactions resolve_duplicates(const interactions& all, duplicates policy) {
    if (policy == duplicates::keep_all) return all;
    thread_pool alone(1);
    if (policy == duplicates::error) {
        if (const auto found =
                detail::first_repetition(all.users(), all.items(), all.num_users(), all.num_items(), alone))
            throw argument_error("interactions: positions " + std::to_string(found->first) + " and " +
                                 std::to_string(found->second) + " are both user " +
                                 detail::quote(all.id_of(all.users()[found->first])) + " and item " +
                                 detail::quote(all.id_of(all.items()[found->first])) +
                                 "; choose graft::duplicates::keep_first, keep_last or keep_all");
        return all;
    }
    const auto dropped = detail::repetitions_to_drop(all.users(), all.items(), all.num_users(),
                                                     all.num_items(), policy, alone);
    if (dropped.empty()) return all;
    std::vector<std::size_t> kept;
    for (std::size_t position = 0; position < all.size(); ++position)
        if (dropped[position] == 0) kept.push_back(position);
    return all.select(kept);
}

} // namespace graft::inline v0_1
