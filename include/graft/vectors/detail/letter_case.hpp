#pragma once

#include <array>
#include <string>
#include <string_view>

namespace graft::inline v0_1::detail {

/// The other cases of a word in the order in which they are tried: lower, Capitalised, UPPER. Only ASCII
/// letters change.
[[nodiscard]] inline std::array<std::string, 3> other_cases(std::string_view word) {
    std::string lower(word);
    for (char& letter : lower)
        if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter + ('a' - 'A'));
    std::string upper = lower;
    for (char& letter : upper)
        if (letter >= 'a' && letter <= 'z') letter = static_cast<char>(letter - ('a' - 'A'));
    std::string capitalised = lower;
    if (!upper.empty()) capitalised[0] = upper[0];
    return {lower, capitalised, upper};
}

} // namespace graft::inline v0_1::detail
