#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace graft::inline v0_1 {

/// What a transfer reached. Words are counted as often as they occur; only transfers by text have some.
struct coverage {
    std::size_t rows = 0;             ///< of the table
    std::size_t seeded = 0;           ///< rows that got a vector of their own
    std::vector<std::size_t> missing; ///< the other rows, ascending
    std::size_t words_found = 0;
    std::size_t words_missing = 0;
    std::vector<std::pair<std::string, std::size_t>> missing_words{}; ///< and how often, most frequent first

    [[nodiscard]] double share() const noexcept {
        return rows == 0 ? 0.0 : static_cast<double>(seeded) / static_cast<double>(rows);
    }
};

} // namespace graft::inline v0_1
