#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <graft/backend/cpu/store.hpp>
#include <graft/core/error.hpp>

using graft::cpu_store;

namespace {

std::vector<float> counted(std::size_t size) {
    std::vector<float> values(size);
    for (std::size_t i = 0; i < size; ++i) values[i] = static_cast<float>(i + 1);
    return values;
}

std::vector<float> weights_of(const cpu_store<float>& store) {
    std::vector<float> values(store.rows() * store.width());
    store.read_all(values.data());
    return values;
}

} // namespace

TEST_CASE("a store on the CPU starts as zeros and gives back the weights that are written") {
    cpu_store<float> store(3, 5);
    CHECK(weights_of(store) == std::vector<float>(15, 0.0F));
    store.write_all(counted(15).data());
    CHECK(weights_of(store) == counted(15));
    const std::vector<float> some{-1, -2};
    store.write(1, 3, some.data(), 2); // the last two weights of row 1
    std::vector<float> row(5);
    store.read(1, 0, row.data(), 5);
    CHECK(row == std::vector<float>{6, 7, 8, -1, -2});
    CHECK(store.row(1)[4] == -2);
}

TEST_CASE("a store on the CPU takes the weights of another, whose moments stay there, and keeps its own") {
    cpu_store<float> from(3, 5);
    cpu_store<float> to(3, 5);
    from.write_all(counted(15).data());
    from.add_moments(2);
    to.add_moments(1);
    to.row(2)[to.pitch()] = 7;
    to.write_all(from);
    CHECK(weights_of(to) == counted(15));
    CHECK(to.row(2)[to.pitch()] == 7);
}

TEST_CASE("moments come as zeros beside the weights and go without a trace") {
    for (const std::size_t rows : {3UL, 200'000UL}) { // with padding and without
        cpu_store<float> store(rows, 13);
        const auto weights = counted(rows * 13);
        store.write_all(weights.data());
        store.add_moments(2);
        CHECK(store.has_moments(2));
        CHECK(store.stride() == 3 * store.pitch());
        CHECK(weights_of(store) == weights);
        std::size_t others = 0;
        for (std::size_t r = 0; r < rows; ++r)
            for (std::size_t i = 0; i < 13; ++i)
                for (const std::size_t moment : {1U, 2U}) {
                    float& value = store.row(r)[moment * store.pitch() + i];
                    others += value != 0 ? 1 : 0;
                    value = -5;
                }
        CHECK(others == 0);
        CHECK(weights_of(store) == weights);
        store.drop_moments();
        CHECK(store.has_moments(0));
        CHECK(weights_of(store) == weights);
    }
}

TEST_CASE("weights and moments of a small table begin at cache lines, those of a large one lie close") {
    cpu_store<float> small(10, 13);
    small.add_moments(1);
    CHECK(small.pitch() == 16);
    CHECK(reinterpret_cast<std::uintptr_t>(small.row(7)) % 64 == 0);
    CHECK(cpu_store<float>(100'000, 13).pitch() == 13);
}

TEST_CASE("a copy of a store has its weights and none of its moments") {
    cpu_store<float> store(4, 6);
    store.write_all(counted(24).data());
    store.add_moments(2);
    cpu_store<float> copy = store;
    CHECK(copy.has_moments(0));
    CHECK(weights_of(copy) == counted(24));
    copy.row(0)[0] = -1;
    CHECK(weights_of(store) == counted(24));
    copy = store;
    CHECK(weights_of(copy) == counted(24));
    const cpu_store<float> moved = std::move(store);
    CHECK(moved.has_moments(2));
    CHECK(weights_of(moved) == counted(24));
    CHECK(store.rows() == 0); // NOLINT(bugprone-use-after-move)
}

TEST_CASE("rows behind the last are none of the store's, and go with the moments") {
    cpu_store<float> store(4, 6, false);
    store.write_all(counted(24).data());
    store.reserve_behind(1000);
    store.add_moments(2);
    CHECK(store.rows() == 4);
    for (std::size_t r = 4; r < 1004; ++r) store.row(r)[17] = 7;
    CHECK(weights_of(store) == counted(24));
    CHECK(weights_of(cpu_store<float>(store)) == counted(24));
    store.drop_moments();
    CHECK(weights_of(store) == counted(24));
    CHECK_THROWS_AS(store.reserve_behind(std::size_t{1} << 52U), graft::error);
    CHECK(weights_of(store) == counted(24));
}

TEST_CASE("rows are moved to other memory, and back when their moments change") {
    cpu_store<float> store(4, 6, false);
    store.write_all(counted(24).data());
    store.add_moments(2);
    std::vector<float> memory(4 * store.stride());
    store.move_to(memory.data());
    CHECK(store.row(0) == memory.data());
    CHECK(weights_of(store) == counted(24));
    CHECK(weights_of(cpu_store<float>(store)) == counted(24));
    CHECK(store.move_back());
    CHECK(store.row(0) != memory.data());
    CHECK(weights_of(store) == counted(24));
    store.move_to(memory.data());
    store.drop_moments();
    CHECK(store.row(0) != memory.data());
    CHECK(weights_of(store) == counted(24));
}

TEST_CASE("a store on the CPU refuses more rows than can be addressed") {
    CHECK_THROWS_WITH_AS(cpu_store<float>(5'000'000'000, 1),
                         "table: 5000000000 rows of 1 numbers are more than can be addressed",
                         graft::argument_error);
    constexpr auto wide = std::numeric_limits<std::size_t>::max() / 4;
    CHECK_THROWS_AS(cpu_store<double>(1000, wide), graft::argument_error);
}
