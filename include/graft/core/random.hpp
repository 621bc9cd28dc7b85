#pragma once

#include <cmath>
#include <cstdint>
#include <random>
#include <span>
#include <utility>

namespace graft::inline v0_1 {

/// The engine behind every seeded choice. The standard fixes its output; it does not fix that of its
/// distributions and of std::shuffle, which is why the draws below are written out.
using random_engine = std::mt19937_64;

/// A whole number in [0, bound), every one equally likely. Precondition: bound > 0.
[[nodiscard]] inline std::uint64_t draw_below(random_engine& engine, std::uint64_t bound) {
    const std::uint64_t incomplete = (0 - bound) % bound; // numbers below this would be drawn once too often
    for (;;) {
        const std::uint64_t x = engine();
        if (x >= incomplete) return x % bound;
    }
}

/// A number in [0, 1) with 53 random bits.
[[nodiscard]] inline double draw_uniform(random_engine& engine) {
    return static_cast<double>(engine() >> 11U) * 0x1p-53;
}

/// Two independent draws from the normal distribution with mean 0 and deviation 1 (Box and Muller 1958).
[[nodiscard]] inline std::pair<double, double> draw_normal_pair(random_engine& engine) {
    const double radius = std::sqrt(-2.0 * std::log(1.0 - draw_uniform(engine)));
    const double angle = 6.283185307179586 * draw_uniform(engine);
    return {radius * std::cos(angle), radius * std::sin(angle)};
}

/// Puts the values in an order where every order is equally likely (Fisher and Yates).
template <class T>
void shuffle(std::span<T> values, random_engine& engine) {
    for (std::size_t left = values.size(); left > 1; --left)
        std::swap(values[left - 1], values[static_cast<std::size_t>(draw_below(engine, left))]);
}

} // namespace graft::inline v0_1
