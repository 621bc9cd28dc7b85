#pragma once

#include <cstddef>

namespace graft::inline v0_1 {

/// Negatives that `fit` draws: items that a user has no training interaction with, new ones in every epoch,
/// each drawn by itself. They are not kept in memory.
struct negative_sampling {
    std::size_t per_positive = 0; ///< negatives for each interaction of the data; 0: none
    /// An item is drawn in proportion to this power of its number of interactions. 0: all items alike; above 0
    /// items without interactions are not drawn.
    double popularity_power = 0.0;
};

} // namespace graft::inline v0_1
