#pragma once

#include <cstddef>
#include <cstdint>

namespace graft::inline v0_1 {

/// A row of the user table. A type of its own, so that a user cannot stand where an item is meant.
enum class user_id : std::uint32_t {};

/// A row of the item table.
enum class item_id : std::uint32_t {};

/// The row that an id names, as an offset.
[[nodiscard]] constexpr std::size_t row_of(user_id id) noexcept { return static_cast<std::size_t>(id); }
[[nodiscard]] constexpr std::size_t row_of(item_id id) noexcept { return static_cast<std::size_t>(id); }

/// Largest number of rows of a table; ids are 32 bits wide, offsets 64.
inline constexpr std::size_t max_rows = 0xffff'fffeU;

} // namespace graft::inline v0_1
