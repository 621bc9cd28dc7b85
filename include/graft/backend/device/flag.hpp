#pragma once

#include <atomic>
#include <cstdint>

#include <graft/core/host_device.hpp>

namespace graft::inline v0_1::detail {

/// The value of a flag that no thread has set.
inline constexpr std::uint32_t no_step = 0xFFFFFFFFU;

/// A flag is the number of a step. Threads set it, all to the same step, while others read it. It is stored
/// as the complement, so that cleared memory means no_step.
GRAFT_HOST_DEVICE inline void set_flag(std::uint32_t* flag, std::uint32_t step) {
#if defined(__CUDA_ARCH__)
    *static_cast<volatile std::uint32_t*>(flag) = ~step;
#else
    std::atomic_ref(*flag).store(~step, std::memory_order_relaxed);
#endif
}
[[nodiscard]] GRAFT_HOST_DEVICE inline std::uint32_t read_flag(std::uint32_t* flag) {
#if defined(__CUDA_ARCH__)
    return ~*static_cast<volatile std::uint32_t*>(flag);
#else
    return ~std::atomic_ref(*flag).load(std::memory_order_relaxed);
#endif
}

} // namespace graft::inline v0_1::detail
