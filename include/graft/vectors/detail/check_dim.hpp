#pragma once

#include <cstddef>
#include <string>

#include <graft/core/detail/message.hpp>
#include <graft/io/file_place.hpp>

namespace graft::inline v0_1::detail {

/// More numbers in a row than any file of vectors has.
inline constexpr std::size_t largest_dim = std::size_t{1} << 24U;

/// Throws format_error for a count of numbers that no file has, also where no row follows that would show it.
inline void check_dim(std::size_t rows, std::size_t dim, const std::string& name, file_place place) {
    if (dim > largest_dim || (dim == 0 && rows > 0))
        fail_at(name, place, message("the header promises rows of ", dim, " numbers; correct it"));
}

} // namespace graft::inline v0_1::detail
