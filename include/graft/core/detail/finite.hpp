#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>

namespace graft::inline v0_1::detail {

/// Whether numbers, aligned or not, are all finite; tests the exponents' bits, which needs no branch per number.
template <std::floating_point Scalar>
[[nodiscard]] bool all_finite(const char* numbers, std::size_t count) noexcept {
    static_assert(std::numeric_limits<Scalar>::is_iec559 && (sizeof(Scalar) == 4 || sizeof(Scalar) == 8));
    using bits_type = std::conditional_t<sizeof(Scalar) == 4, std::uint32_t, std::uint64_t>;
    constexpr auto magnitude = static_cast<bits_type>(~bits_type{0}) >> 1U;
    bits_type infinity = 0;
    constexpr Scalar infinite = std::numeric_limits<Scalar>::infinity();
    std::memcpy(&infinity, &infinite, sizeof infinity);
    bits_type largest = 0;
    for (std::size_t i = 0; i < count; ++i) {
        bits_type bits = 0;
        std::memcpy(&bits, numbers + i * sizeof bits, sizeof bits);
        largest = (std::max)(largest, bits & magnitude);
    }
    return largest < infinity;
}
template <std::floating_point Scalar>
[[nodiscard]] bool all_finite(const Scalar* numbers, std::size_t count) noexcept {
    return all_finite<Scalar>(reinterpret_cast<const char*>(numbers), count);
}

} // namespace graft::inline v0_1::detail
