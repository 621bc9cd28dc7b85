#pragma once

#include <cstdint>

namespace graft::inline v0_1 {

/// Random numbers that are a function of a seed and two counters, so that any thread can draw what belongs to
/// a place of the data, in any order (splitmix64: Steele, Lea and Flood, "Fast splittable pseudorandom number
/// generators", 2014).
class counter_random {
public:
    counter_random(std::uint64_t seed, std::uint64_t first, std::uint64_t second) noexcept
        : state_(mixed(mixed(mixed(seed) + first) + second)) {}

    /// 64 random bits.
    std::uint64_t operator()() noexcept { return mixed(state_ += step); }

    /// A whole number in [0, bound), every one equally likely; 0 < bound <= 2^32 (Lemire, "Fast random integer
    /// generation in an interval", 2019).
    std::uint64_t below(std::uint64_t bound) noexcept {
        constexpr std::uint64_t whole = std::uint64_t{1} << 32U;
        std::uint64_t product = ((*this)() >> 32U) * bound;
        if (product % whole < bound)
            for (const std::uint64_t uneven = (whole - bound) % bound; product % whole < uneven;)
                product = ((*this)() >> 32U) * bound;
        return product >> 32U;
    }
    /// A number in [0, 1) with 53 random bits.
    double uniform() noexcept { return static_cast<double>((*this)() >> 11U) * 0x1p-53; }

private:
    static constexpr std::uint64_t step = 0x9e37'79b9'7f4a'7c15U;
    static std::uint64_t mixed(std::uint64_t x) noexcept {
        x += step;
        x = (x ^ (x >> 30U)) * 0xbf58'476d'1ce4'e5b9U;
        x = (x ^ (x >> 27U)) * 0x94d0'49bb'1331'11ebU;
        return x ^ (x >> 31U);
    }

    std::uint64_t state_;
};

} // namespace graft::inline v0_1
