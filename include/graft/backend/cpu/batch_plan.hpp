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

namespace graft::inline v0_1::detail {

/// One side (users or items) of a batch: each row that occurs in it, once and in ascending order, and the
/// places of the batch where it occurs. The index of a row in `rows` is its slot.
struct batch_side {
    std::vector<std::uint32_t> rows;      // [unique]
    std::vector<std::uint32_t> begin;     // [unique + 1] into `positions`
    std::vector<std::uint32_t> positions; // [batch] places in the batch, ascending within a row

    /// The slot of the first row that is not less than `row`.
    [[nodiscard]] std::size_t first_from(std::uint32_t row) const {
        return static_cast<std::size_t>(std::lower_bound(rows.begin(), rows.end(), row) - rows.begin());
    }
    /// Cuts the slots into `parts` pieces of about as many places each, and returns the first slot of piece
    /// `part`. A row is in the same piece of most batches if their ids come from one distribution.
    [[nodiscard]] std::uint32_t first_of(std::size_t part, std::size_t parts) const {
        const auto place = static_cast<std::uint32_t>(begin.back() * part / parts);
        return static_cast<std::uint32_t>(std::lower_bound(begin.begin(), begin.end(), place) -
                                          begin.begin());
    }
    void reserve(std::size_t size) {
        for (auto* list : {&rows, &begin, &positions}) list->reserve(size + 1);
    }
};

/// Sorts the places of a batch by row. Keeps its memory for the next batch.
class batch_sorter {
public:
    /// Fills `side`. Calls f(i, place, slot) once for each place of the batch: positions[i] is the place, and
    /// rows[slot] its row. O(batch).
    template <class Id, class F>
    void sort(std::span<const Id> ids, std::size_t table_rows, batch_side& side, const F& f) {
        side.positions.resize(ids.size());
        side.rows.resize((std::min)(ids.size(), table_rows) + 1);
        side.begin.resize(side.rows.size());
        const std::size_t unique = ids.empty()                        ? 0
                                   : is_small(table_rows, ids.size()) ? count(ids, table_rows, side, f)
                                                                      : radix(ids, table_rows, side, f);
        side.rows.resize(unique);
        side.begin.resize(unique + 1);
        side.begin[unique] = static_cast<std::uint32_t>(ids.size());
    }

    /// Allocates for batches of `size` ids of a table, so that `sort` does not throw.
    void reserve(std::size_t size, std::size_t table_rows) {
        if (is_small(table_rows, size)) counters_.reserve(table_rows);
        keys_.reserve(size); // a last, shorter batch may need them
        sorted_.reserve(size);
    }

private:
    struct counter {
        std::uint32_t next;
        std::uint32_t slot;
    };

    /// Whether a counter for each row of the table costs less than sorting.
    static bool is_small(std::size_t table_rows, std::size_t size) { return table_rows <= 5 * size; }

    template <class Id, class F>
    std::size_t count(std::span<const Id> ids, std::size_t table_rows, batch_side& side, const F& f) {
        counters_.assign(table_rows, {0, 0});
        for (const Id id : ids) ++counters_[row_of(id)].next;
        std::uint32_t slot = 0;
        std::uint32_t sum = 0;
        // No branch: a row that does not occur is written too, and the next row overwrites it.
        for (std::size_t r = 0; r < table_rows; ++r) {
            const std::uint32_t met = counters_[r].next;
            counters_[r] = {sum, slot};
            side.rows[slot] = static_cast<std::uint32_t>(r);
            side.begin[slot] = sum;
            sum += met;
            slot += met > 0 ? 1 : 0;
        }
        for (std::size_t k = 0; k < ids.size(); ++k) {
            auto& at = counters_[row_of(ids[k])];
            side.positions[at.next] = static_cast<std::uint32_t>(k);
            f(at.next, k, at.slot);
            ++at.next;
        }
        return slot;
    }

    /// A radix sort of (row, place).
    template <class Id, class F>
    std::size_t radix(std::span<const Id> ids, std::size_t table_rows, batch_side& side, const F& f) {
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
        std::size_t slot = 0;
        side.begin[0] = 0;
        for (std::size_t i = 0; i < size; ++i) {
            const auto row = static_cast<std::uint32_t>(keys_[i] >> 32U);
            const auto place = static_cast<std::uint32_t>(keys_[i]);
            slot += i > 0 && row != side.rows[slot] ? 1 : 0;
            side.rows[slot] = row;
            side.begin[slot + 1] = static_cast<std::uint32_t>(i + 1);
            side.positions[i] = place;
            f(i, place, slot);
        }
        return slot + 1;
    }

    static constexpr int widest = 11; // bits of a pass; its counters stay in the first-level cache

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

    std::vector<counter> counters_; // [table rows]
    std::vector<std::uint64_t> keys_;
    std::vector<std::uint64_t> sorted_;
};

/// What a step needs to know of its batch, in the order of the users' rows. What a thread writes for its
/// users is then contiguous, and in no cache line that another thread writes to.
struct batch_plan {
    batch_side users;
    batch_side items;                     // without those that occur once; positions index the lists below
    std::vector<item_id> item;            // [batch]
    std::vector<std::uint8_t> alone;      // [batch] 1: the item occurs only here, and is not in `items`
    std::vector<float> target;            // [batch]
    std::vector<float> weight;            // [batch], or none where all are 1
    std::vector<std::uint32_t> user_slot; // [batch] which of users.rows
    std::vector<std::uint8_t> awaited;    // [users.rows] 1: an item of `items` needs the user's weights

    void plan(std::span<const user_id> user_ids, std::size_t user_rows, std::span<const item_id> item_ids,
              std::size_t item_rows, std::span<const float> targets, batch_sorter& sorter,
              std::span<const float> weights = {}) {
        item.resize(user_ids.size());
        target.resize(user_ids.size());
        weight.resize(weights.size());
        user_slot.resize(user_ids.size());
        sorter.sort(user_ids, user_rows, users, [&](std::size_t i, std::size_t place, std::size_t slot) {
            item[i] = item_ids[place];
            target[i] = targets[place];
            user_slot[i] = static_cast<std::uint32_t>(slot);
            if (!weights.empty()) weight[i] = weights[place];
        });
        sorter.sort(std::span<const item_id>(item), item_rows, items,
                    [](std::size_t, std::size_t, std::size_t) {});
        set_alone_apart();
    }

    void reserve(std::size_t size) {
        users.reserve(size);
        items.reserve(size);
        item.reserve(size);
        target.reserve(size);
        weight.reserve(size);
        user_slot.reserve(size);
        alone.reserve(size);
        awaited.reserve(size);
    }

private:
    void set_alone_apart() {
        alone.assign(item.size(), 0);
        awaited.assign(users.rows.size(), 0);
        std::size_t kept = 0;
        std::uint32_t end = 0;
        for (std::size_t slot = 0; slot < items.rows.size(); ++slot) {
            const std::uint32_t begin = items.begin[slot];
            const std::uint32_t next = items.begin[slot + 1];
            if (next - begin == 1) {
                alone[items.positions[begin]] = 1;
                continue;
            }
            items.rows[kept] = items.rows[slot];
            items.begin[kept++] = end;
            for (std::uint32_t k = begin; k < next; ++k) {
                awaited[user_slot[items.positions[k]]] = 1;
                items.positions[end++] = items.positions[k];
            }
        }
        items.begin[kept] = end;
        items.rows.resize(kept);
        items.begin.resize(kept + 1);
        items.positions.resize(end);
    }
};

} // namespace graft::inline v0_1::detail
