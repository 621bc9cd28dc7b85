#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include <graft/core/ids.hpp>
#include <graft/data/id_map.hpp>

namespace graft::inline v0_1::detail {

/// The rows of ids by their bytes, ascending. Linear where the first bytes in which ids differ tell most of them apart.
class id_order {
public:
    [[nodiscard]] static std::vector<std::uint32_t> of(const id_map& ids) {
        static_assert(max_rows - 1 <= 0xffff'ffffU, "rows are counted in 32 bits");
        const id_order keys(ids);
        std::vector<std::uint64_t> sorted(ids.size()); // a key, and below it a row
        for (std::size_t row = 0; row < ids.size(); ++row) sorted[row] = keys.key(ids.id(row)) << 32U | row;
        sort_by_key(sorted, keys.bits_);
        for (std::size_t begin = 0, end = 0; begin < sorted.size(); begin = end) {
            while (++end < sorted.size() && sorted[begin] >> 32U == sorted[end] >> 32U) {}
            if (end - begin > 1)
                std::sort(sorted.begin() + static_cast<std::ptrdiff_t>(begin),
                          sorted.begin() + static_cast<std::ptrdiff_t>(end), [&](auto a, auto b) {
                              return ids.id(static_cast<std::uint32_t>(a)) <
                                     ids.id(static_cast<std::uint32_t>(b));
                          });
        }
        std::vector<std::uint32_t> rows(sorted.size());
        for (std::size_t at = 0; at < rows.size(); ++at) rows[at] = static_cast<std::uint32_t>(sorted[at]);
        return rows;
    }

private:
    static constexpr std::size_t most_letters = 32;
    static constexpr std::size_t end_of_id = 256;

    /// Letters after what all ids begin with, as many as 32 bits have room for where the letters that occur at a
    /// place are counted.
    explicit id_order(const id_map& ids) {
        if (ids.empty()) return;
        common_ = ids.id(0).size();
        for (std::size_t row = 1; row < ids.size(); ++row) {
            const auto a = ids.id(0);
            const auto b = ids.id(row).substr(0, common_);
            common_ =
                static_cast<std::size_t>(std::mismatch(b.begin(), b.end(), a.begin()).first - b.begin());
        }
        std::vector<std::array<bool, 257>> occurs(most_letters);
        for (std::size_t row = 0; row < ids.size(); ++row) {
            const auto rest = ids.id(row).substr(common_, most_letters);
            for (std::size_t i = 0; i < rest.size(); ++i)
                occurs[i][static_cast<unsigned char>(rest[i])] = true;
            if (rest.size() < most_letters) occurs[rest.size()][end_of_id] = true;
        }
        std::uint64_t keys = 1;
        bool ends = false; // some ids end before this letter
        for (const auto& here : occurs) {
            letter_numbers next;
            ends = ends || here[end_of_id];
            if (ends) next.letters = 1; // the end comes first
            for (std::size_t letter = 0; letter < end_of_id; ++letter)
                if (here[letter]) next.number[letter] = next.letters++;
            if (next.letters == 0 || keys * next.letters > std::uint64_t{1} << 32U) break;
            keys *= next.letters;
            places_.push_back(next);
        }
        bits_ = static_cast<unsigned>(std::bit_width(keys - 1));
    }

    /// A number that is not greater than that of an id after it.
    [[nodiscard]] std::uint64_t key(std::string_view id) const {
        std::uint64_t key = 0;
        std::size_t at = common_;
        for (const auto& place : places_) {
            const std::uint64_t number =
                at < id.size() ? place.number[static_cast<unsigned char>(id[at])] : 0;
            key = key * place.letters + number;
            ++at;
        }
        return key;
    }

    /// Sorts by the upper 32 bits, of which the lowest `bits` matter, from the lowest digit on.
    static void sort_by_key(std::vector<std::uint64_t>& sorted, unsigned bits) {
        constexpr unsigned digit = 11;
        std::vector<std::uint64_t> other(bits == 0 ? 0 : sorted.size());
        for (unsigned shift = 32; shift < 32 + bits; shift += digit) {
            std::array<std::size_t, std::size_t{1} << digit> begins{};
            const auto digit_of = [&](std::uint64_t key) {
                return static_cast<std::size_t>(key >> shift & (begins.size() - 1));
            };
            for (const auto key : sorted) ++begins[digit_of(key)];
            std::size_t begin = 0;
            for (auto& count : begins) begin += std::exchange(count, begin);
            for (const auto key : sorted) other[begins[digit_of(key)]++] = key;
            sorted.swap(other);
        }
    }

    struct letter_numbers {
        std::array<std::uint32_t, 256> number{}; // of a letter
        std::uint32_t letters = 0;
    };
    std::size_t common_ = 0; // bytes that all ids begin with
    std::vector<letter_numbers> places_;
    unsigned bits_ = 0; // of a key
};

} // namespace graft::inline v0_1::detail
