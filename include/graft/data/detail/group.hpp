#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include <graft/core/ids.hpp>

namespace graft::inline v0_1::detail {

/// Positions of interactions in runs of equal ids, each run in ascending order.
struct groups {
    std::vector<std::size_t> starts;    ///< [rows + 1]
    std::vector<std::size_t> positions; ///< [size]

    [[nodiscard]] std::size_t size() const noexcept { return starts.size() - 1; }
    [[nodiscard]] std::span<const std::size_t> operator[](std::size_t row) const noexcept {
        return std::span(positions).subspan(starts[row], starts[row + 1] - starts[row]);
    }
};

/// Groups positions by user or item in O(size + rows), a counting sort. Precondition: all ids are below rows.
template <class Id>
[[nodiscard]] groups group_by(std::span<const Id> ids, std::size_t rows) {
    groups result{std::vector<std::size_t>(rows + 1), std::vector<std::size_t>(ids.size())};
    for (const Id id : ids) ++result.starts[row_of(id) + 1];
    for (std::size_t row = 0; row < rows; ++row) result.starts[row + 1] += result.starts[row];
    std::vector<std::size_t> next(result.starts.begin(), result.starts.end() - 1);
    for (std::size_t position = 0; position < ids.size(); ++position)
        result.positions[next[row_of(ids[position])]++] = position;
    return result;
}

} // namespace graft::inline v0_1::detail
