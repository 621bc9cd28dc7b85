#pragma once

#include <algorithm>
#include <cstddef>

#include <graft/backend/cpu/batch_plan.hpp>
#include <graft/backend/cpu/training_table.hpp>
#include <graft/core/chunk.hpp>
#include <graft/core/host_device.hpp>

namespace graft::detail {

/// Asks the memory for rows before they are needed: into the second cache, and from there into the first,
/// which has room for few. A row that is asked for at once stops the work until most of it is there, so its
/// lines are asked for in shares: with every chunk of the row that is worked on goes one share of a row to
/// come, and the last share completes it. Part of a share goes while the row at hand is brought up to date,
/// the rest while it is moved.
///
/// All functions are always inlined: GCC 12 takes a function that only prefetches for one without effect, and
/// drops its calls.
template <class Scalar, class Optimizer>
class prefetch {
    using table = training_table<Scalar>;
    static constexpr std::size_t line = 64 / sizeof(Scalar);       // numbers that memory gives at once
    static constexpr std::size_t vectors = 1 + Optimizer::moments; // of a row: its weights and moments
    static constexpr std::size_t chunk_size = full_chunk<Scalar>;  // numbers of each vector that go together
    static constexpr std::size_t rows_ahead_second_cache = 20;
    static constexpr std::size_t steps_ahead = 8; // for what last_steps says of a row
    static constexpr std::size_t page_block = 16; // rows whose pages are looked up at once

public:
    static constexpr std::size_t rows_ahead = 2;                                   // for the first cache
    static constexpr std::size_t share = (vectors * chunk_size + line - 1) / line; // lines
    /// Lines of a share that go while a row is brought up to date.
    static constexpr std::size_t early = Optimizer::lazy ? share - 1 : 0;

    /// The lines From .. To of the share that goes with the chunk at number `at` of another row. row: a row
    /// to come, or nullptr.
    template <std::size_t From = 0, std::size_t To = share>
    GRAFT_ALWAYS_INLINE static void next_share(const Scalar* row, std::size_t at) {
        if (row == nullptr) return;
        for (std::size_t k = From; k != To; ++k) to_write(row + at * vectors + k * line);
    }
    /// The lines that shares do not reach where weights and moments have padding.
    GRAFT_ALWAYS_INLINE static void end_of(const table& t, const Scalar* row) {
        if (row == nullptr) return;
        for (std::size_t k = 1; k < vectors; ++k) to_write(row + vectors * t.rows.pitch() - k * line);
    }
    /// All shares at once.
    template <std::size_t From = 0, std::size_t To = share>
    GRAFT_ALWAYS_INLINE static void whole_row(const table& t, const Scalar* row, std::size_t width) {
        for (std::size_t at = 0; at < width; at += chunk_size) next_share<From, To>(row, at);
        if constexpr (To == share) end_of(t, row);
    }
    /// The weights of a row that is only read, maybe by other threads, too.
    GRAFT_ALWAYS_INLINE static void weights(const Scalar* row, std::size_t width) {
        for (std::size_t at = 0; at < width; at += line)
            __builtin_prefetch(static_cast<const void*>(row + at), 0);
    }

    /// Asks for a row to come, of which row_at(i) is the i-th of `count`, into the second cache, and returns
    /// the row that is to come into the first, or nullptr.
    template <class RowAt>
    [[nodiscard]] GRAFT_ALWAYS_INLINE static const Scalar* next_row(const table& t, std::size_t i,
                                                                    std::size_t count, const RowAt& row_at) {
        if (t.exceeds_cache) {
            // The processor stops at a fetch from a page that it has to look up, which takes longer than a
            // row, but looks up those of several fetches at once: so the ends of the next block come first,
            // and what last_steps says of it.
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

} // namespace graft::detail
