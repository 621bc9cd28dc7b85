// A table that is shared out over ranks reads as one that is not.
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <graft/cluster/store.hpp>
#include <graft/core/error.hpp>

namespace {

constexpr std::size_t rows = 1001;
constexpr std::size_t width = 5;

graft::mpi_store<float> filled() {
    graft::mpi_store<float> store(rows, width);
    std::vector<float> values(rows * width);
    for (std::size_t k = 0; k < values.size(); ++k) values[k] = static_cast<float>(k);
    store.write_all(values.data());
    return store;
}
float at(const graft::mpi_store<float>& store, std::size_t row, std::size_t column) {
    float value = -1;
    store.read(row, column, &value, 1);
    return value;
}

} // namespace

TEST_CASE("each row of a shared table has one owner") {
    const auto store = filled();
    std::uint32_t own = 0;
    for (std::size_t r = 0; r < rows; ++r) own += store.share().is_mine(r) ? 1U : 0U;
    CHECK(own == store.own().rows());
    CHECK(store.rows() == rows);
    for (std::size_t k = 0; k < store.own().rows(); ++k)
        CHECK(store.own().row(k)[1] == static_cast<float>(store.share().row(k) * width + 1));
}

TEST_CASE("rows of a shared table are read in any order, and as they were last written") {
    auto store = filled();
    bool right = true;
    for (std::size_t r = 0; r < rows; ++r)
        right = right && at(store, r, 2) == static_cast<float>(r * width + 2);
    CHECK(right);
    for (const std::size_t r : {rows - 1, std::size_t{0}, std::size_t{500}, std::size_t{499}})
        CHECK(at(store, r, 4) == static_cast<float>(r * width + 4));
    const float other = -7;
    store.write(500, 4, &other, 1);
    CHECK(at(store, 500, 4) == other);
    std::vector<float> all(rows * width);
    store.read_all(all.data());
    CHECK(all[500 * width + 4] == other);
    CHECK(all[1] == 1);
    CHECK(all[rows * width - 1] == static_cast<float>(rows * width - 1));
}

TEST_CASE("each rank may ask for other rows of a shared table") {
    const auto store = filled();
    std::vector<std::uint32_t> wanted;
    for (std::uint32_t k = 0; k < 10 + store.all().me(); ++k) wanted.push_back((k * 37 + 5) % rows);
    const auto found = store.rows_of(std::span<const std::uint32_t>(wanted));
    REQUIRE(found.size() == wanted.size() * width);
    for (std::size_t k = 0; k < wanted.size(); ++k)
        CHECK(found[k * width + 3] == static_cast<float>(wanted[k] * width + 3));
}

TEST_CASE("a shared table takes the weights of another") {
    const auto store = filled();
    graft::mpi_store<float> other(rows, width);
    CHECK(at(other, 7, 2) == 0);
    other.write_all(store);
    CHECK(at(other, 7, 2) == 7 * width + 2);
    CHECK(at(other, rows - 1, 4) == rows * width - 1);
}

TEST_CASE("a shared table is copied and moved") {
    auto store = filled();
    auto copy = store;
    const float other = -7;
    copy.write(3, 0, &other, 1);
    CHECK(at(store, 3, 0) == 15);
    CHECK(at(copy, 3, 0) == other);
    auto moved = std::move(copy);
    CHECK(at(moved, 3, 0) == other);
    CHECK(moved.rows() == rows);
    CHECK(copy.rows() == 0); // NOLINT(bugprone-use-after-move)
    copy = store;
    CHECK(at(copy, 3, 0) == 15);
}

TEST_CASE("ranks of a machine work on each other's rows where they are") {
    auto store = filled();
    const auto& all = store.all();
    const bool shared = store.share_rows();
#if defined(__linux__)
    CHECK(shared == all.share_a_machine());
#endif
    if (!shared) return;
    CHECK(store.share_rows());
    CHECK(all.least(1) == 1); // all have moved their rows
    const auto row_of_rank = [&](std::size_t rank, std::size_t k) {
        return store.own().row(graft::detail::order_of(rank, all.me()) * store.rows_apart() + k);
    };
    for (std::size_t rank = 0; rank < all.size(); ++rank)
        for (std::size_t k = 0; k < store.share().below(rows, rank); ++k)
            CHECK(row_of_rank(rank, k)[3] == static_cast<float>((k * all.size() + rank) * width + 3));
    CHECK(all.least(1) == 1); // all have read
    if (all.me() == 0) row_of_rank(all.size() - 1, 2)[4] = -7;
    CHECK(all.least(1) == 1); // it is written
    store.keep_rows();
    CHECK(at(store, 2 * all.size() + all.size() - 1, 4) == -7);
    CHECK(at(store, 5, 3) == 28);
    const auto moved = std::move(store);
    CHECK(at(moved, 5, 3) == 28);
}
