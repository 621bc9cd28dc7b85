#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>

#include <Eigen/Core>

namespace graft::inline v0_1::detail {

/// The types of numbers that files hold, little-endian.
enum class number_type { float16, bfloat16, float32, float64 };

[[nodiscard]] constexpr std::size_t size_of(number_type type) noexcept {
    switch (type) {
    case number_type::float16:
    case number_type::bfloat16:
        return 2;
    case number_type::float32:
        return 4;
    case number_type::float64:
        break;
    }
    return 8;
}

/// The number at a place that need not be aligned; a double beyond the range of float gives an infinity.
[[nodiscard]] inline float load_number(const char* from, number_type type) noexcept {
    const auto load = [from](auto value) {
        std::memcpy(&value, from, sizeof value);
        return value;
    };
    switch (type) {
    case number_type::float16:
        return static_cast<float>(Eigen::numext::bit_cast<Eigen::half>(load(std::uint16_t{})));
    case number_type::bfloat16:
        return static_cast<float>(Eigen::numext::bit_cast<Eigen::bfloat16>(load(std::uint16_t{})));
    case number_type::float32:
        return load(float{});
    case number_type::float64:
        break;
    }
    // The cast of a double beyond the largest float is not defined (C++20, 7.3.10).
    const double wide = load(double{});
    constexpr double largest = 0x1.ffffffp127; // from here on, rounding gives infinity
    if (wide >= largest) return std::numeric_limits<float>::infinity();
    if (wide <= -largest) return -std::numeric_limits<float>::infinity();
    return static_cast<float>(wide);
}

} // namespace graft::inline v0_1::detail
