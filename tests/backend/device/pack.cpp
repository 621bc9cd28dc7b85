#include <cstddef>
#include <vector>

#include <doctest/doctest.h>

#include <graft/backend/device/pack.hpp>

static_assert(sizeof(graft::detail::pack<float>) == 16);
static_assert(sizeof(graft::detail::pack<double>) == 16);
static_assert(graft::detail::padded<float>(0) == 0);
static_assert(graft::detail::padded<float>(1) == 4);
static_assert(graft::detail::padded<float>(8) == 8);
static_assert(graft::detail::padded<double>(9) == 10);

TEST_CASE("a pack is loaded and stored with all of its values and none beside them") {
    alignas(16) const float from[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    alignas(16) float to[12] = {};
    graft::detail::store_pack(graft::detail::load_pack(from + 4), to + 4);
    CHECK(std::vector<float>(to, to + 12) == std::vector<float>{0, 0, 0, 0, 5, 6, 7, 8, 0, 0, 0, 0});
}
