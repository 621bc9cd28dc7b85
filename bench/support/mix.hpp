#pragma once

#include <cstdint>

/// Numbers that the scripts of bench/compare make, too.
namespace bench {

/// splitmix64 at any place of a sequence.
inline std::uint64_t mix(std::uint64_t stream, std::uint64_t counter) {
    std::uint64_t z = stream * 0xA0761D6478BD642FU + (counter + 1) * 0x9E3779B97F4A7C15U;
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31U);
}

/// Uniform in [-1/4, 1/4), exact in float.
inline float first_weight(std::uint64_t stream, std::uint64_t i) {
    return static_cast<float>(static_cast<std::int64_t>(mix(stream, i) >> 40U) - (1 << 23)) /
           static_cast<float>(1 << 25);
}

} // namespace bench
