#include <cstddef>
#include <set>

#include <doctest/doctest.h>

#include <graft/backend/cpu/user_copies.hpp>

namespace {

/// The distinct places that 100 steps write their copies to; each is filled, so that a memory check sees it.
std::set<float*> places(std::size_t values_of_step, std::size_t threads) {
    graft::detail::user_copies<float> copies;
    copies.reserve(values_of_step, threads);
    std::set<float*> found;
    for (std::size_t step = 0; step < 100; ++step) {
        float* const at = copies.of_step(step);
        for (std::size_t i = 0; i < values_of_step; ++i) at[i] = static_cast<float>(step);
        found.insert(at);
    }
    return found;
}

} // namespace

TEST_CASE("steps of several threads take turns in memory of about a cache") {
    CHECK(places(1000, 1).size() == 1);
    CHECK(places(1000, 2).size() == 16);
    CHECK(places(100'000, 2).size() == 2);   // 400 kB each
    CHECK(places(1'000'000, 2).size() == 1); // more than the cache
}

TEST_CASE("the copies of a step do not reach into those of the next") {
    graft::detail::user_copies<float> copies;
    copies.reserve(1000, 2);
    for (std::size_t step = 0; step < 15; ++step)
        CHECK(copies.of_step(step + 1) - copies.of_step(step) == 1000);
}

TEST_CASE("copies can be had for larger steps later") {
    graft::detail::user_copies<float> copies;
    copies.reserve(10, 2);
    copies.reserve(5000, 2);
    copies.of_step(15)[4999] = 1;
    CHECK(copies.of_step(15)[4999] == 1);
    CHECK(copies.of_step(15) - copies.of_step(0) == 15 * 5000);
}
