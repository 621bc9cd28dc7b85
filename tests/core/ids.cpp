#include <concepts>
#include <cstddef>

#include <doctest/doctest.h>

#include <graft/core/ids.hpp>

using graft::item_id;
using graft::user_id;

TEST_CASE("an id names its row up to the last that a table can have") {
    CHECK(graft::row_of(user_id{0}) == 0);
    CHECK(graft::row_of(static_cast<item_id>(graft::max_rows - 1)) == graft::max_rows - 1);
}

TEST_CASE("users, items and numbers do not stand for each other") {
    CHECK_FALSE(std::convertible_to<user_id, item_id>);
    CHECK_FALSE(std::convertible_to<unsigned, user_id>);
    CHECK_FALSE(std::convertible_to<user_id, std::size_t>);
    CHECK_FALSE(std::equality_comparable_with<user_id, item_id>);
}
