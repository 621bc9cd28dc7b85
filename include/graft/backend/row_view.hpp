#pragma once

#include <cstddef>

namespace graft::inline v0_1 {

/// Rows of numbers in memory, `stride` values apart.
template <class Scalar>
struct row_view {
    const Scalar* data;
    std::size_t rows;
    std::size_t stride;
    const Scalar* biases = nullptr; ///< [rows]; nullptr: where there are any, each follows its row's factors

    [[nodiscard]] const Scalar* row(std::size_t r) const noexcept { return data + r * stride; }
    /// Where the bias of a row of `dim` factors is.
    [[nodiscard]] const Scalar* bias(std::size_t r, std::size_t dim) const noexcept {
        return biases != nullptr ? biases + r : row(r) + dim;
    }
};

} // namespace graft::inline v0_1
