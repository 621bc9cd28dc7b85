#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include <graft/core/detail/message.hpp>
#include <graft/core/detail/utf8.hpp>
#include <graft/core/error.hpp>

namespace graft::inline v0_1::detail {

/// The row that was found for an id of a user or item, which is what. Throws argument_error where none was; of: whose
/// ids these are, and `known` how many.
[[nodiscard]] inline std::uint32_t known_row(const char* of, const char* what, std::string_view id,
                                             std::optional<std::size_t> row, std::size_t known) {
    if (row) return static_cast<std::uint32_t>(*row);
    throw argument_error(
        message(of, ": ", what, " ", quote(id), " is unknown: it is none of the ", known, " that have ids"));
}

} // namespace graft::inline v0_1::detail
