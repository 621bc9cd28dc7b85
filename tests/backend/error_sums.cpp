#include <doctest/doctest.h>

#include <graft/backend/error_sums.hpp>

TEST_CASE("errors add up squared and absolute, of scores brought within the bounds") {
    const graft::clip bounds{.low = 1, .high = 5};
    graft::error_sums sums;
    sums.add(2.5, 4.0F, bounds);  // 1.5
    sums.add(9.0, 4.0F, bounds);  // 5 - 4
    sums.add(-7.0, 3.0F, bounds); // 1 - 3
    CHECK(sums.squares == 1.5 * 1.5 + 1 + 4);
    CHECK(sums.absolutes == 1.5 + 1 + 2);

    graft::error_sums free;
    free.add(9.0, 4.0F, {});
    CHECK(free.squares == 25);
    sums.add(free);
    CHECK(sums.squares == 1.5 * 1.5 + 1 + 4 + 25);
    CHECK(sums.absolutes == 1.5 + 1 + 2 + 5);
}
