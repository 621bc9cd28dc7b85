#include <cstddef>
#include <span>
#include <vector>

#include <doctest/doctest.h>

#include <graft/data/detail/group.hpp>

using graft::item_id;

TEST_CASE("positions of equal ids come together in ascending order, also where a row has none") {
    const std::vector<item_id> ids{item_id{3}, item_id{0}, item_id{3}, item_id{1}, item_id{0}};
    const auto groups = graft::detail::group_by(std::span<const item_id>(ids), 5);
    REQUIRE(groups.size() == 5);
    const auto run = [&](std::size_t row) {
        return std::vector<std::size_t>(groups[row].begin(), groups[row].end());
    };
    CHECK(run(0) == std::vector<std::size_t>{1, 4});
    CHECK(run(1) == std::vector<std::size_t>{3});
    CHECK(run(2).empty());
    CHECK(run(3) == std::vector<std::size_t>{0, 2});
    CHECK(run(4).empty());
    CHECK(graft::detail::group_by(std::span<const item_id>{}, 0).size() == 0);
}
