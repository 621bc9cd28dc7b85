#include <doctest/doctest.h>

#include <graft/transfer/coverage.hpp>

TEST_CASE("the share is that of the rows which got a vector, and 0 of none") {
    CHECK(graft::coverage{.rows = 8, .seeded = 6, .missing = {1, 2}}.share() == 0.75);
    CHECK(graft::coverage{}.share() == 0);
}
