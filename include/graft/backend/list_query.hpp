#pragma once

#include <concepts>
#include <cstddef>
#include <optional>
#include <span>

#include <graft/core/ids.hpp>

namespace graft::inline v0_1 {

/// Which lists a model is asked for: the k best items of each of several users or rows.
template <std::predicate<std::size_t, item_id> Wanted>
struct list_query {
    std::size_t k;
    /// wanted(i, item): whether the item may stand in list i. It is called for the few items that are good enough,
    /// on all threads at once.
    const Wanted& wanted;
    /// The items to choose from, ascending and each once; nothing for all. Lists take the time of these alone.
    std::optional<std::span<const item_id>> among = std::nullopt;
    std::size_t threads = 1; ///< at most so many; 0 means all of the machine's
};

} // namespace graft::inline v0_1
