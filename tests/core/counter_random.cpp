#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <set>

#include <doctest/doctest.h>

#include <graft/core/counter_random.hpp>

using graft::counter_random;

TEST_CASE("the same seed and counters give the same numbers, others give others") {
    counter_random a(1, 2, 3);
    counter_random b(1, 2, 3);
    std::set<std::uint64_t> seen;
    for (int k = 0; k < 100; ++k) {
        const auto bits = a();
        CHECK(b() == bits);
        CHECK(seen.insert(bits).second);
    }
    for (std::uint64_t seed = 0; seed < 20; ++seed)
        for (std::uint64_t first = 0; first < 20; ++first)
            for (std::uint64_t second = 0; second < 20; ++second)
                if (seed != 1 || first != 2 || second != 3)
                    CHECK(seen.insert(counter_random(seed, first, second)()).second);
}

TEST_CASE("all numbers below a bound are drawn equally often") {
    for (const std::size_t bound : {1U, 2U, 3U, 7U, 10U}) {
        std::array<std::size_t, 10> counts{};
        constexpr std::size_t draws = 70'000;
        for (std::size_t k = 0; k < draws; ++k) ++counts[counter_random(5, 6, k).below(bound)];
        const double expected = static_cast<double>(draws) / static_cast<double>(bound);
        for (std::size_t i = 0; i < counts.size(); ++i)
            if (i < bound)
                CHECK(std::abs(static_cast<double>(counts[i]) - expected) < 5 * std::sqrt(expected));
            else
                CHECK(counts[i] == 0);
    }
    counter_random random(1, 1, 1);
    bool upper_half = false;
    for (int k = 0; k < 100; ++k) {
        const auto x = random.below(std::uint64_t{1} << 32U);
        CHECK(x < std::uint64_t{1} << 32U);
        upper_half = upper_half || x >= std::uint64_t{1} << 31U;
    }
    CHECK(upper_half);
}

TEST_CASE("uniform numbers lie in [0, 1) and have the mean 1/2") {
    double sum = 0;
    for (std::uint64_t k = 0; k < 10'000; ++k) {
        const double x = counter_random(9, k, 0).uniform();
        CHECK(x >= 0);
        CHECK(x < 1);
        sum += x;
    }
    CHECK(sum / 10'000 == doctest::Approx(0.5).epsilon(0.02));
}
