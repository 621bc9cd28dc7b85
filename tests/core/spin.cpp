#include <doctest/doctest.h>

#include <graft/core/spin.hpp>

TEST_CASE("spinning ends when the wait is over, or gives up after a while") {
    int looks = 0;
    CHECK(graft::detail::spin_until([&] { return ++looks == 3; }));
    CHECK(looks == 3);
    looks = 0;
    CHECK_FALSE(graft::detail::spin_until([&] {
        ++looks;
        return false;
    }));
    CHECK(looks > 3);
    const int last = looks;
    looks = 0;
    CHECK(graft::detail::spin_until([&] { return ++looks == last; })); // the last look counts
}
