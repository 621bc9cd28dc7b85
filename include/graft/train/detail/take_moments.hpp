#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include <graft/backend/training_engine.hpp>
#include <graft/model/weights_snapshot.hpp>
#include <graft/train/detail/run_rows.hpp>

namespace graft::inline v0_1::detail {

/// Calls f(first, count) for pieces of about a megabyte of a table's rows.
template <class F>
void for_row_pieces(std::size_t rows, std::size_t row_bytes, F&& f) {
    const std::size_t piece = (std::max)(std::size_t{1}, (std::size_t{1} << 20U) / row_bytes);
    for (std::size_t first = 0; first < rows; first += piece) f(first, (std::min)(piece, rows - first));
}

/// Gives the first rows of `to`, which has counted the steps of `from` and taken none, the moments of `from`, which is
/// settled. The rows are up to date then, those behind them with moments of 0. weights: what the rows of `to` have, or
/// nullptr to leave them. A table that cannot move on either side begins without moments.
inline void take_moments(run_rows& from, std::size_t from_rows, run_rows& to, table_side side,
                         std::size_t scalar_size, const kept_weights* weights = nullptr) {
    const auto shape = to.of(side);
    if (shape.vectors == 1 && !shape.have_steps) return;
    const std::size_t vector = shape.width * scalar_size;
    const std::size_t row = shape.vectors * vector;
    if (from.of(side).vectors != shape.vectors) from_rows = 0;
    std::vector<double> here, there; // aligned for either scalar
    std::vector<std::uint32_t> last;
    for_row_pieces(shape.rows, row, [&](std::size_t first, std::size_t count) {
        here.resize(count * row / sizeof(double) + 1);
        there.resize(here.size());
        last.resize(count);
        auto* const mine = reinterpret_cast<char*>(here.data());
        to.read(side, first, count, mine, last.data());
        const std::size_t old = first < from_rows ? (std::min)(count, from_rows - first) : 0;
        const auto* const its = reinterpret_cast<const char*>(there.data());
        if (old > 0) from.read(side, first, old, there.data(), last.data());
        for (std::size_t r = 0; r < old; ++r)
            std::memcpy(mine + r * row + vector, its + r * row + vector, row - vector);
        if (weights != nullptr) {
            weights->read(side, first, count, there.data());
            for (std::size_t r = 0; r < count; ++r) std::memcpy(mine + r * row, its + r * vector, vector);
        }
        std::fill(last.begin(), last.end(), to.steps());
        to.write(side, first, count, mine, last.data());
    });
}

} // namespace graft::inline v0_1::detail
