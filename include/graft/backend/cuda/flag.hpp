#pragma once

#include <atomic>
#include <cstdint>

#include <graft/core/host_device.hpp>

namespace graft::detail {

/// A number that threads write, all the same one, while others read it.
GRAFT_HOST_DEVICE inline void set_flag(std::uint32_t* flag, std::uint32_t value) {
#if defined(__CUDA_ARCH__)
    *static_cast<volatile std::uint32_t*>(flag) = value;
#else
    std::atomic_ref(*flag).store(value, std::memory_order_relaxed);
#endif
}
[[nodiscard]] GRAFT_HOST_DEVICE inline std::uint32_t read_flag(std::uint32_t* flag) {
#if defined(__CUDA_ARCH__)
    return *static_cast<volatile std::uint32_t*>(flag);
#else
    return std::atomic_ref(*flag).load(std::memory_order_relaxed);
#endif
}

} // namespace graft::detail
