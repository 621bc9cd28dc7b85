#include <cstddef>
#include <cstdint>
#include <vector>

#include <doctest/doctest.h>

#include <graft/backend/cpu/last_steps.hpp>

namespace {

/// Each row keeps a step of its own, and no weight or moment changes.
void check(std::size_t rows, std::size_t width, std::size_t threads, bool apart) {
    graft::cpu_store<float> store(rows, width);
    const std::vector<float> weights(rows * width, 3.0F);
    store.write_all(weights.data());
    graft::detail::last_steps<float> last;
    CHECK(last.rows() == 0);
    last.reserve(store, threads);
    store.add_moments(2);
    last.start(store);
    CHECK(last.rows() == rows);
    CHECK(last.are_apart_from_rows() == apart);
    for (std::size_t r = 0; r < rows; ++r) {
        REQUIRE(last[r] == 0);
        last[r] = static_cast<std::uint32_t>(0xFFFFFFFFU - r);
    }
    std::size_t wrong = 0;
    for (std::size_t r = 0; r < rows; ++r) {
        wrong += last[r] != static_cast<std::uint32_t>(0xFFFFFFFFU - r) ? 1 : 0;
        for (std::size_t i = 0; i < width; ++i) {
            wrong += store.row(r)[i] != 3 ? 1 : 0;
            wrong += store.row(r)[store.pitch() + i] != 0 ? 1 : 0;
            wrong += store.row(r)[2 * store.pitch() + i] != 0 ? 1 : 0;
        }
    }
    CHECK(wrong == 0);
}

} // namespace

TEST_CASE("the step of a row stands in its padding, or apart where it has none") {
    check(10, 13, 1, false);
    check(10, 13, 4, false);
    check(10, 16, 1, true);
    check(10, 16, 4, true);
    check(100'000, 13, 4, true); // large tables have no padding
}

TEST_CASE("threads that share a small table do not write to the same cache line") {
    graft::cpu_store<float> store(10, 16);
    graft::detail::last_steps<float> last;
    last.reserve(store, 2);
    store.add_moments(2);
    last.start(store);
    for (std::size_t r = 0; r < 9; ++r)
        CHECK(reinterpret_cast<std::uintptr_t>(&last[r + 1]) / 64 !=
              reinterpret_cast<std::uintptr_t>(&last[r]) / 64);
}

TEST_CASE("steps that stand apart are moved to other memory") {
    using last_steps = graft::detail::last_steps<float>;
    graft::cpu_store<float> store(10, 16);
    last_steps last;
    last.reserve(store, 1);
    store.add_moments(2);
    last.start(store);
    for (std::uint32_t r = 0; r < 10; ++r) last[r] = 100 + r;
    const std::size_t stride = last_steps::stride_for(10, 2);
    CHECK(stride == 64);
    std::vector<std::uint32_t> memory(10 * stride / sizeof(std::uint32_t));
    last.move_to(memory.data(), stride);
    CHECK(last.rows() == 10);
    for (std::uint32_t r = 0; r < 10; ++r) {
        CHECK(last[r] == 100 + r);
        CHECK(&last[r] == &memory[r * 16]);
    }
}
