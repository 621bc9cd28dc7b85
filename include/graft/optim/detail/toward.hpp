#pragma once

#include <graft/core/host_device.hpp>

namespace graft::inline v0_1::detail {

/// The running means of Adam: (1 - part) x + part goal, computed as x + part (goal - x). Once rounded, 1 -
/// part and part do not add up to 1: for 1 - beta2 = 0.001 in float the mean would be 1.3e-5 too large.
GRAFT_ALSO_HOST_ONLY
template <class Chunk, class Scalar>
[[nodiscard]] GRAFT_ALWAYS_INLINE GRAFT_HOST_DEVICE Chunk toward(const Chunk& x, const Chunk& goal,
                                                                 Scalar part) {
    return x + part * (goal - x);
}

} // namespace graft::inline v0_1::detail
