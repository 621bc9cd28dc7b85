#include <cstdint>

#include <doctest/doctest.h>

#include <graft/core/entropy.hpp>

TEST_CASE("the entropy of a process is one number, and not that of no source at all") {
    const std::uint64_t drawn = graft::detail::process_entropy();
    CHECK(graft::detail::process_entropy() == drawn);
    CHECK(drawn != 0);
}
