#include <cstddef>
#include <cstdint>
#include <vector>

#include <doctest/doctest.h>

#include <graft/cluster/detail/ranks.hpp>
#include <graft/core/error.hpp>
#include <graft/core/ids.hpp>

TEST_CASE("counts of ranks stand one after the other") {
    graft::detail::rank_counts counts;
    counts.set(3, [](std::size_t rank) { return rank + 1; });
    CHECK(counts.all() == 6);
    CHECK(counts.begin(2) == 3);
    CHECK(counts.count(2) == 3);
    counts.set(
        2, [](std::size_t) { return std::size_t{4}; }, 10);
    CHECK(counts.all() == 8);
    CHECK(counts.begin(1) == 14);
    CHECK_THROWS_AS(counts.set(2, [](std::size_t) { return std::size_t{1} << 30U; }), graft::error);
}

TEST_CASE("the rows below a row are counted by rank") {
    const graft::detail::ranks all;
    const graft::detail::row_share share(all, 11);
    for (std::size_t row = 0; row <= 11; ++row)
        for (std::size_t rank = 0; rank < all.size(); ++rank) {
            std::size_t count = 0;
            for (std::size_t r = 0; r < row; ++r) count += share.owner(r) == rank ? 1U : 0U;
            CHECK(share.below(row, rank) == count);
        }
    for (std::size_t k = 0; k < share.own(); ++k) {
        CHECK(share.is_mine(share.row(k)));
        CHECK(share.place(share.row(k)) == k);
    }
}

TEST_CASE("rows are numbered rank by rank, the own ones first") {
    for (const std::size_t size : {1U, 2U, 3U, 4U})
        for (std::size_t me = 0; me < size; ++me) {
            const graft::detail::row_share share(me, size, 11);
            std::size_t next = 0;
            const auto check = [&](std::size_t rank) {
                CHECK(share.first_number(rank) == next);
                next += share.below(11, rank);
            };
            check(me);
            for (std::size_t rank = 0; rank < size; ++rank)
                if (rank != me) check(rank);
            CHECK(next == 11);
        }
}

TEST_CASE("the owner of a row and its place there are those of a division") {
    for (const std::uint32_t size : {1U, 2U, 3U, 7U, 1000U, 1024U, 65537U}) {
        const graft::detail::row_share share(0, size, graft::max_rows);
        bool right = true;
        const auto check = [&](std::uint32_t row) {
            right = right && share.owner(row) == row % size && share.place(row) == row / size;
        };
        for (std::uint32_t k = 0; k < 70'000; ++k) {
            check(k);
            check(0xffff'fffeU - k);
            check(k * 61'357);
            check(0xffff'fffeU / size / 70'000 * k * size + size - 1);
        }
        CHECK(right);
    }
}

TEST_CASE("numbers of ranks that differ are an error on all of them") {
    const graft::detail::ranks all;
    CHECK_NOTHROW(all.check_same(7, "number"));
    if (all.size() > 1) CHECK_THROWS_AS(all.check_same(all.me(), "number"), graft::error);
    CHECK(all.least(all.me() + 5) == 5);
}
