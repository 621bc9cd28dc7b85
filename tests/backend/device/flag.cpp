#include <cstdint>

#include <doctest/doctest.h>

#include <graft/backend/device/flag.hpp>

TEST_CASE("a flag in cleared memory says that no step has set it, then which step did") {
    std::uint32_t flag = 0;
    CHECK(graft::detail::read_flag(&flag) == graft::detail::no_step);
    for (const std::uint32_t step : {0U, 1U, 70'000U}) {
        graft::detail::set_flag(&flag, step);
        CHECK(graft::detail::read_flag(&flag) == step);
        CHECK(graft::detail::read_flag(&flag) < graft::detail::no_step); // as tasks compare it
    }
}
