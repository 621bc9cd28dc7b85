#pragma once

#include <cstddef>
#include <vector>

namespace graft {

/// What a transfer reached.
struct coverage {
    std::size_t rows = 0;             ///< of the table
    std::size_t seeded = 0;           ///< rows that got a vector
    std::vector<std::size_t> missing; ///< the other rows, ascending; they keep their start values

    [[nodiscard]] double share() const noexcept {
        return rows == 0 ? 0.0 : static_cast<double>(seeded) / static_cast<double>(rows);
    }
};

} // namespace graft
