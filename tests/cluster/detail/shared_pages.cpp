#include <cstddef>
#include <utility>

#include <doctest/doctest.h>

#include <graft/cluster/detail/ranks.hpp>
#include <graft/cluster/detail/shared_pages.hpp>

using graft::detail::shared_pages;

TEST_CASE("what a rank writes to its shared pages, the others read") {
    const graft::detail::ranks all;
    const std::size_t bytes = 3 * shared_pages::page();
    shared_pages made(all, bytes);
#if defined(__linux__)
    CHECK((made.bytes() == bytes) == all.share_a_machine());
#endif
    if (made.bytes() == 0) return;
    CHECK(all.least(made.own()[bytes - 1] == 0 ? 1 : 0) == 1);
    made.own()[bytes - 1] = static_cast<char>(1 + all.me());
    CHECK(all.least(1) == 1); // all have written
    shared_pages moved(std::move(made));
    CHECK(made.bytes() == 0);
    for (std::size_t rank = 0; rank < all.size(); ++rank)
        CHECK(moved.piece(graft::detail::order_of(rank, all.me()))[bytes - 1] == static_cast<char>(1 + rank));
    CHECK(all.least(1) == 1); // all have read
}

TEST_CASE("no rank has shared pages where one does not get them") {
    const graft::detail::ranks all;
    CHECK(shared_pages(all, std::size_t{1} << 60U).bytes() == 0);
    CHECK(shared_pages(all, 0).bytes() == 0);
}

TEST_CASE("pieces of shared pages are whole rows") {
    for (const std::size_t row : {4U, 264U, 768U}) {
        const std::size_t bytes = shared_pages::piece_for(100'000, row);
        CHECK(bytes >= 100'000);
        CHECK(bytes % row == 0);
        CHECK(bytes % shared_pages::page() == 0);
        CHECK(shared_pages::piece_for(0, row) > 0);
    }
}
