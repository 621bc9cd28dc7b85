#pragma once

#include <cstddef>

#include <graft/core/host_device.hpp>

namespace graft::inline v0_1::detail {

/// The values of one 128-bit load.
template <class Scalar>
struct alignas(16) pack {
    static constexpr std::size_t size = 16 / sizeof(Scalar);
    Scalar x[size];
};

/// `from` and `to` must be aligned to 16 bytes.
template <class Scalar>
[[nodiscard]] GRAFT_HOST_DEVICE inline pack<Scalar> load_pack(const Scalar* from) {
    return *reinterpret_cast<const pack<Scalar>*>(from);
}
template <class Scalar>
GRAFT_HOST_DEVICE inline void store_pack(const pack<Scalar>& values, Scalar* to) {
    *reinterpret_cast<pack<Scalar>*>(to) = values;
}

/// The width of a vector in memory: rounded up to whole packs.
template <class Scalar>
[[nodiscard]] GRAFT_HOST_DEVICE constexpr std::size_t padded(std::size_t width) {
    return (width + pack<Scalar>::size - 1) / pack<Scalar>::size * pack<Scalar>::size;
}

} // namespace graft::inline v0_1::detail
