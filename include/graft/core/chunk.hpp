#pragma once

#include <cstddef>
#include <type_traits>

#include <graft/core/host_device.hpp>

namespace graft {

/// A chunk is what arithmetic is written for once: a plain number (a GPU's lane) or a short Eigen::Array
/// (a CPU's register). `load` and `store` move it from and to consecutive numbers.
GRAFT_ALSO_HOST_ONLY
template <class Chunk, class Scalar>
[[nodiscard]] GRAFT_HOST_DEVICE inline Chunk load(const Scalar* from) {
    if constexpr (std::is_arithmetic_v<Chunk>)
        return *from;
    else
        return Chunk::Map(from);
}

GRAFT_ALSO_HOST_ONLY
template <class Chunk, class Scalar>
GRAFT_HOST_DEVICE inline void store(const Chunk& chunk, Scalar* to) {
    if constexpr (std::is_arithmetic_v<Chunk>)
        *to = chunk;
    else
        Chunk::Map(to) = chunk;
}

} // namespace graft
