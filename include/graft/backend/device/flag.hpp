#pragma once

#include <atomic>
#include <cstdint>

#include <graft/core/host_device.hpp>

namespace graft::detail {

/// What a flag says that none has set.
inline constexpr std::uint32_t no_step = 0xFFFFFFFFU;

/// A flag is a step that threads set, all the same one, while others read it. In memory it is the step's
/// complement, so that cleared memory says no_step.
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

} // namespace graft::detail
