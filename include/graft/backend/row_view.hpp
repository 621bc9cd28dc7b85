#pragma once

#include <cstddef>

namespace graft {

/// Rows of numbers in memory, `stride` values apart.
template <class Scalar>
struct row_view {
    const Scalar* data;
    std::size_t rows;
    std::size_t stride;

    [[nodiscard]] const Scalar* row(std::size_t r) const noexcept { return data + r * stride; }
};

} // namespace graft
