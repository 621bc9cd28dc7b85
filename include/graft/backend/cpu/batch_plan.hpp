#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace graft::detail {

/// The rows that one side (users or items) of a batch touches, each once and in ascending order, with the
/// places in the batch where it stands.
class batch_side {
public:
    std::vector<std::uint32_t> rows;      // [unique]
    std::vector<std::uint32_t> begin;     // [unique + 1] into `positions`
    std::vector<std::uint32_t> positions; // [batch] places in the batch, ascending within a row
    std::vector<std::uint32_t> slot;      // [batch] which of `rows` stands at a place

    /// O(batch): a radix sort of (row, place), 11 bits a pass.
    template <class Id>
    void plan(std::span<const Id> ids, std::size_t table_rows) {
        const std::size_t size = ids.size();
        keys_.resize(size);
        sorted_.resize(size);
        for (std::size_t k = 0; k < size; ++k)
            keys_[k] = std::uint64_t{static_cast<std::uint32_t>(ids[k])} << 32U | k;
        const auto bits = static_cast<int>(std::bit_width(table_rows - 1));
        const int passes = (bits + 10) / 11;
        for (int pass = 0; pass < passes; ++pass) {
            const int width = bits / passes + (pass < bits % passes ? 1 : 0);
            const int shift = 32 + (pass == 0 ? 0 : bits / passes * pass + (std::min)(pass, bits % passes));
            sort_by(shift, width);
        }

        rows.clear();
        begin.clear();
        positions.resize(size);
        slot.resize(size);
        for (std::size_t i = 0; i < size; ++i) {
            const auto row = static_cast<std::uint32_t>(keys_[i] >> 32U);
            const auto place = static_cast<std::uint32_t>(keys_[i]);
            if (i == 0 || row != rows.back()) {
                rows.push_back(row);
                begin.push_back(static_cast<std::uint32_t>(i));
            }
            positions[i] = place;
            slot[place] = static_cast<std::uint32_t>(rows.size() - 1);
        }
        begin.push_back(static_cast<std::uint32_t>(size));
    }

    /// The slot of the first row that is not below `row`.
    [[nodiscard]] std::size_t first_from(std::uint32_t row) const {
        return static_cast<std::size_t>(std::lower_bound(rows.begin(), rows.end(), row) - rows.begin());
    }

    /// Takes the memory that `plan` needs for so many ids, so that it does not throw.
    void reserve(std::size_t size) {
        for (auto* list : {&rows, &begin, &positions, &slot}) list->reserve(size + 1);
        keys_.reserve(size);
        sorted_.reserve(size);
    }

private:
    void sort_by(int shift, int width) {
        std::array<std::uint32_t, std::size_t{1} << 11U> next{};
        const std::uint64_t mask = (std::uint64_t{1} << width) - 1;
        for (const auto key : keys_) ++next[key >> shift & mask];
        std::uint32_t sum = 0;
        for (std::size_t b = 0; b <= mask; ++b) {
            const std::uint32_t count = next[b];
            next[b] = sum;
            sum += count;
        }
        for (const auto key : keys_) sorted_[next[key >> shift & mask]++] = key;
        std::swap(keys_, sorted_);
    }

    std::vector<std::uint64_t> keys_;
    std::vector<std::uint64_t> sorted_;
};

/// What a step needs to know of its batch.
struct batch_plan {
    batch_side users;
    batch_side items;

    void reserve(std::size_t size) {
        users.reserve(size);
        items.reserve(size);
    }
};

} // namespace graft::detail
