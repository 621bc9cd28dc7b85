#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include <graft/vectors/detail/letter_case.hpp>
#include <graft/vectors/keyed_vectors.hpp>

namespace graft::inline v0_1 {

/// The row of the word as it is, or else in lower case, Capitalised, or in UPPER case (ASCII letters).
[[nodiscard]] inline std::optional<std::size_t> find_in_any_case(const keyed_vectors& vectors,
                                                                 std::string_view word) {
    if (const auto row = vectors.find(word)) return row;
    for (const auto& other : detail::other_cases(word))
        if (const auto row = vectors.find(other)) return row;
    return std::nullopt;
}

} // namespace graft::inline v0_1
