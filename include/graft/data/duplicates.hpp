#pragma once

#include <algorithm>
#include <cstddef>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <graft/core/detail/utf8.hpp>
#include <graft/core/error.hpp>
#include <graft/data/detail/group.hpp>
#include <graft/data/interactions.hpp>

namespace graft {

/// What to do with a (user, item) pair that occurs more than once.
enum class duplicates {
    error,      ///< refuse
    keep_first, ///< the first occurrence stays at its place
    keep_last,  ///< the last occurrence stays at its place
    keep_all    ///< each is an entry of its own
};

namespace detail {

/// Calls seen(position, later) for each entry and the next one of the same pair, in O(size + users + items).
template <class Seen>
void for_each_repetition(const interactions& all, Seen seen) {
    const groups by_user = group_by(all.users(), all.num_users());
    constexpr std::size_t never = (std::numeric_limits<std::size_t>::max)();
    std::vector<std::size_t> previous(all.num_items(), never);
    for (std::size_t user = 0; user < by_user.size(); ++user) {
        for (const std::size_t position : by_user[user]) {
            auto& before = previous[row_of(all.items()[position])];
            if (before != never) seen(before, position);
            before = position;
        }
        for (const std::size_t position : by_user[user]) previous[row_of(all.items()[position])] = never;
    }
}

/// The repetition that ends first in the order of the entries.
[[nodiscard]] inline std::optional<std::pair<std::size_t, std::size_t>>
first_repetition(const interactions& all) {
    std::optional<std::pair<std::size_t, std::size_t>> first;
    for_each_repetition(all, [&](std::size_t position, std::size_t later) {
        if (!first || later < first->second) first = {position, later};
    });
    return first;
}

} // namespace detail

/// The entries that a policy leaves, in their order. Throws argument_error for duplicates::error if a pair
/// repeats, naming both positions. O(size + users + items).
[[nodiscard]] inline interactions resolve_duplicates(const interactions& all, duplicates policy) {
    if (policy == duplicates::keep_all) return all;
    if (policy == duplicates::error) {
        if (const auto found = detail::first_repetition(all))
            throw argument_error("interactions: positions " + std::to_string(found->first) + " and " +
                                 std::to_string(found->second) + " are both user " +
                                 detail::quote(all.id_of(all.users()[found->first])) + " and item " +
                                 detail::quote(all.id_of(all.items()[found->first])) +
                                 "; choose graft::duplicates::keep_first, keep_last or keep_all");
        return all;
    }
    std::vector<char> dropped(all.size(), 0);
    detail::for_each_repetition(all, [&](std::size_t position, std::size_t later) {
        dropped[policy == duplicates::keep_first ? later : position] = 1;
    });
    std::vector<std::size_t> kept;
    for (std::size_t position = 0; position < all.size(); ++position)
        if (dropped[position] == 0) kept.push_back(position);
    return all.select(kept);
}

} // namespace graft
