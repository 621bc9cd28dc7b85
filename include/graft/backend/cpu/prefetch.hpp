#pragma once

#include <algorithm>
#include <cstddef>

#include <graft/backend/cpu/batch_plan.hpp>
#include <graft/backend/cpu/training_table.hpp>
#include <graft/core/chunk.hpp>
#include <graft/core/host_device.hpp>

namespace graft::inline v0_1::detail {

/// Prefetches rows before they are needed: first into the second-level cache, then into the first-level
/// cache, which holds only few. To prefetch a whole row at once would stall the work until most of it has
/// arrived. So its cache lines are divided into shares: with each chunk of the current row one share of a
/// later row is prefetched, and the last share completes it. A part of each share is prefetched while the
/// current row is brought up to date, the rest while it is moved.
///
/// All functions are always inlined: GCC 12 treats a function that only prefetches as one without effect, and
/// drops its calls.
template <class Scalar, class Optimizer>
class prefetch {
    using table = training_table<Scalar>;
    static constexpr std::size_t line = 64 / sizeof(Scalar);       // values in a cache line
    static constexpr std::size_t vectors = 1 + Optimizer::moments; // of a row: weights and moments
    static constexpr std::size_t chunk_size =
        full_chunk<Scalar>; // values of a vector that are worked on together
    static constexpr std::size_t rows_ahead_second_cache = 20;
    static constexpr std::size_t steps_ahead = 8; // rows whose last_steps are prefetched
    static constexpr std::size_t page_block = 16; // rows whose pages are looked up together

public:
    static constexpr std::size_t rows_ahead = 2; // for the first-level cache
    static constexpr std::size_t share = (vectors * chunk_size + line - 1) / line; // cache lines
    /// The cache lines of a share that are prefetched while the current row is brought up to date.
    static constexpr std::size_t early = Optimizer::lazy ? share - 1 : 0;

    /// Prefetches lines [From, To) of a share of `row`: the share that goes with the chunk at value `at` of
    /// the current row. row: a later row, or nullptr.
    template <std::size_t From = 0, std::size_t To = share>
    GRAFT_ALWAYS_INLINE static void next_share(const Scalar* row, std::size_t at) {
        if (row == nullptr) return;
        for (std::size_t k = From; k != To; ++k) to_write(row + at * vectors + k * line);
    }
    /// Prefetches the ends of moments, which the shares do not reach if vectors have padding.
    GRAFT_ALWAYS_INLINE static void end_of(const table& t, const Scalar* row) {
        if (row == nullptr) return;
        for (std::size_t k = 1; k < vectors; ++k) to_write(row + vectors * t.rows.pitch() - k * line);
    }
    /// Prefetches lines [From, To) of all shares of a row at once.
    template <std::size_t From = 0, std::size_t To = share>
    GRAFT_ALWAYS_INLINE static void whole_row(const table& t, const Scalar* row, std::size_t width) {
        for (std::size_t at = 0; at < width; at += chunk_size) next_share<From, To>(row, at);
        if constexpr (To == share) end_of(t, row);
    }
    /// Prefetches the weights of a row that is only read, perhaps by several threads.
    GRAFT_ALWAYS_INLINE static void weights(const Scalar* row, std::size_t width) {
        for (std::size_t at = 0; at < width; at += line)
            __builtin_prefetch(static_cast<const void*>(row + at), 0);
    }

    /// Prefetches a later row into the second-level cache. Returns the row to prefetch into the first-level
    /// cache, or nullptr. row_at(i) is the current row, row_at(count - 1) the last one.
    template <class RowAt>
    [[nodiscard]] GRAFT_ALWAYS_INLINE static const Scalar* next_row(const table& t, std::size_t i,
                                                                    std::size_t count, const RowAt& row_at) {
        if (t.exceeds_cache) {
            // A prefetch stalls if the page of its address has to be looked up, which takes longer than
            // fetching a row. The look-ups of several prefetches run at once, so the first and last bytes of
            // the next block's rows are prefetched together, and with them its last_steps.
            const std::size_t row_bytes = t.rows.stride() * sizeof(Scalar);
            const auto bytes_at = [&](std::size_t k) GRAFT_INLINE_LAMBDA {
                return reinterpret_cast<const char*>(t.rows.row(row_at(k)));
            };
            constexpr std::size_t ahead = rows_ahead_second_cache;
            if (i % page_block == 0)
                for (std::size_t k = i + ahead + page_block;
                     k < (std::min)(i + ahead + 2 * page_block, count); ++k) {
                    __builtin_prefetch(bytes_at(k), 0, 2);
                    __builtin_prefetch(bytes_at(k) + row_bytes - 1, 0, 2);
                    if (Optimizer::lazy && t.last.are_apart_from_rows())
                        __builtin_prefetch(&t.last[row_at(k)], 1, 2);
                }
            if (i + ahead < count)
                for (std::size_t b = 0; b < row_bytes; b += 64)
                    __builtin_prefetch(bytes_at(i + ahead) + b, 0, 2);
        }
        if (Optimizer::lazy && i + steps_ahead < count && t.last.are_apart_from_rows())
            __builtin_prefetch(&t.last[row_at(i + steps_ahead)], 1);
        return i + rows_ahead < count ? t.rows.row(row_at(i + rows_ahead)) : nullptr;
    }
    [[nodiscard]] GRAFT_ALWAYS_INLINE static const Scalar* next_row(const table& t, const batch_side& side,
                                                                    std::size_t slot, std::size_t count) {
        return next_row(t, slot, count, [&](std::size_t i) { return side.rows[i]; });
    }

private:
    GRAFT_ALWAYS_INLINE static void to_write(const Scalar* from) {
        __builtin_prefetch(static_cast<const void*>(from), 1);
    }
};

} // namespace graft::inline v0_1::detail
