#include <cstddef>
#include <cstdint>
#include <vector>

#include <doctest/doctest.h>

#include <graft/cluster/detail/ranks.hpp>
#include <graft/core/error.hpp>

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
                for (std::size_t row = rank; row < 11; row += size) CHECK(share.number(row) == next++);
                CHECK(share.end_of(rank) == next);
            };
            check(me);
            for (std::size_t rank = 0; rank < size; ++rank)
                if (rank != me) check(rank);
        }
}

TEST_CASE("numbers of ranks that differ are an error on all of them") {
    const graft::detail::ranks all;
    CHECK_NOTHROW(all.check_same(7, "number"));
    if (all.size() > 1) CHECK_THROWS_AS(all.check_same(all.me(), "number"), graft::error);
    CHECK(all.least(all.me() + 5) == 5);
}
