#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include <graft/core/ids.hpp>

namespace graft::detail {

/// The rows that one side (users or items) of a batch touches, each once and in ascending order, with the
/// places in the batch where it stands.
class batch_side {
public:
    std::vector<std::uint32_t> rows;      // [unique]
    std::vector<std::uint32_t> begin;     // [unique + 1] into `positions`
    std::vector<std::uint32_t> positions; // [batch] places in the batch, ascending within a row

    /// O(batch): a radix sort of (row, place).
    template <class Id>
    void plan(std::span<const Id> ids, std::size_t table_rows) {
        const std::size_t size = ids.size();
        keys_.resize(size);
        sorted_.resize(size);
        for (std::size_t k = 0; k < size; ++k)
            keys_[k] = std::uint64_t{static_cast<std::uint32_t>(ids[k])} << 32U | k;
        const auto bits = static_cast<int>(std::bit_width(table_rows - 1));
        const int passes = cheapest_passes(bits, size);
        int shift = 32;
        for (int pass = 0; pass < passes; ++pass) {
            const int width = (bits + pass) / passes; // these add up to `bits`
            sort_by(shift, width);
            shift += width;
        }

        rows.resize(size);
        begin.resize(size + 1);
        positions.resize(size);
        std::size_t last = 0;
        for (std::size_t i = 0; i < size; ++i) {
            const auto row = static_cast<std::uint32_t>(keys_[i] >> 32U);
            const auto place = static_cast<std::uint32_t>(keys_[i]);
            last += i > 0 && row != rows[last] ? 1 : 0;
            rows[last] = row;
            begin[last + 1] = static_cast<std::uint32_t>(i + 1);
            positions[i] = place;
        }
        begin[0] = 0;
        rows.resize(last + 1);
        begin.resize(last + 2);
    }

    /// The slot of the first row that is not below `row`.
    [[nodiscard]] std::size_t first_from(std::uint32_t row) const {
        return static_cast<std::size_t>(std::lower_bound(rows.begin(), rows.end(), row) - rows.begin());
    }

    /// Takes the memory that `plan` needs for so many ids, so that it does not throw.
    void reserve(std::size_t size) {
        for (auto* list : {&rows, &begin, &positions}) list->reserve(size + 1);
        keys_.reserve(size);
        sorted_.reserve(size);
    }

private:
    static constexpr int widest = 11; // bits a pass: its counters stay in the nearest cache

    /// A pass costs a few instructions for each id and about one for each of its 2^width counters.
    static int cheapest_passes(int bits, std::size_t size) {
        const auto cost = [=](int passes) {
            return static_cast<std::size_t>(passes) *
                   (4 * size + (std::size_t{1} << (bits + passes - 1) / passes));
        };
        int best = (bits + widest - 1) / widest;
        while (best > 0 && cost(best + 1) < cost(best)) ++best;
        return best;
    }
    void sort_by(int shift, int width) {
        std::array<std::uint32_t, std::size_t{1} << widest> next;
        const std::size_t counters = std::size_t{1} << width;
        const std::uint64_t mask = counters - 1;
        std::fill_n(next.begin(), counters, 0U);
        for (const auto key : keys_) ++next[key >> shift & mask];
        std::uint32_t sum = 0;
        for (std::size_t b = 0; b < counters; ++b) sum += std::exchange(next[b], sum);
        for (const auto key : keys_) sorted_[next[key >> shift & mask]++] = key;
        std::swap(keys_, sorted_);
    }

    std::vector<std::uint64_t> keys_;
    std::vector<std::uint64_t> sorted_;
};

/// What a step needs to know of its batch, in the order of the users' rows: what a thread writes of the
/// users that it works on then lies together, in no line of memory that another writes to.
struct batch_plan {
    batch_side users;
    batch_side items;                     // its positions are those of the lists below
    std::vector<item_id> item;            // [batch]
    std::vector<float> target;            // [batch]
    std::vector<std::uint32_t> user_slot; // [batch] which of users.rows

    void plan(std::span<const user_id> user_ids, std::size_t user_rows, std::span<const item_id> item_ids,
              std::size_t item_rows, std::span<const float> targets) {
        users.plan(user_ids, user_rows);
        const std::size_t size = user_ids.size();
        item.resize(size);
        target.resize(size);
        user_slot.resize(size);
        for (std::size_t i = 0; i < size; ++i) {
            item[i] = item_ids[users.positions[i]];
            target[i] = targets[users.positions[i]];
        }
        for (std::size_t slot = 0; slot < users.rows.size(); ++slot)
            std::fill(user_slot.begin() + users.begin[slot], user_slot.begin() + users.begin[slot + 1],
                      static_cast<std::uint32_t>(slot));
        items.plan(std::span<const item_id>(item), item_rows);
    }

    void reserve(std::size_t size) {
        users.reserve(size);
        items.reserve(size);
        item.reserve(size);
        target.reserve(size);
        user_slot.reserve(size);
    }
};

} // namespace graft::detail
