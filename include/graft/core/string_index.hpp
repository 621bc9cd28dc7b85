#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <graft/core/detail/string_hash.hpp>
#include <graft/core/entropy.hpp>
#include <graft/core/error.hpp>
#include <graft/core/ids.hpp>

namespace graft::inline v0_1 {

/// Distinct strings and their rows 0, 1, 2, ... in order of insertion, both ways in O(1). All characters lie
/// in one arena, so a string costs its length and about 24 bytes, and no allocation of its own. The hash is
/// another one in each process, so that no strings from outside make it slow; nothing else depends on it.
class string_index {
public:
    [[nodiscard]] std::size_t size() const noexcept { return starts_.size(); }
    [[nodiscard]] bool empty() const noexcept { return starts_.empty(); }

    /// Precondition: row < size(). The view is valid until the next insertion.
    [[nodiscard]] std::string_view view(std::size_t row) const noexcept {
        const std::size_t end = row + 1 < starts_.size() ? starts_[row + 1] : arena_.size();
        return {arena_.data() + starts_[row], end - starts_[row]};
    }

    [[nodiscard]] std::optional<std::size_t> find(std::string_view text) const noexcept {
        if (slots_.empty()) return std::nullopt;
        const slot& found = slots_[locate(text, hash_(text))];
        if (found.row == vacant) return std::nullopt;
        return found.row;
    }

    /// The row of text, and whether it is new. Throws argument_error beyond max_rows strings; whatever is
    /// thrown, the index stays as it was.
    std::pair<std::size_t, bool> insert(std::string_view text) { return insert(text, hash_(text)); }

    /// Inserts texts in their order, none of them a view of this, and has the memory for the later ones fetched beside the earlier ones.
    void insert_all(std::span<const std::string_view> texts) {
        std::uint64_t hashes[32];
        for (std::size_t start = 0; start < texts.size(); start += std::size(hashes)) {
            const auto some = texts.subspan(start, (std::min)(std::size(hashes), texts.size() - start));
            for (std::size_t i = 0; i < some.size(); ++i) {
                hashes[i] = hash_(some[i]);
#if defined(__GNUC__)
                if (!slots_.empty()) __builtin_prefetch(slots_.data() + first_slot(hashes[i]));
#endif
            }
            for (std::size_t i = 0; i < some.size(); ++i) insert(some[i], hashes[i]);
        }
    }

    /// The first rows that both indexes have, up to the first that differs; all of the shorter one where the
    /// longer begins with it. Two of one size are known by a number that their strings gave, which misleads
    /// once in 2^64; else O(size).
    [[nodiscard]] std::size_t common_rows(const string_index& other) const noexcept {
        if (this == &other || (size() == other.size() && fingerprint_ == other.fingerprint_)) return size();
        const std::size_t most = (std::min)(size(), other.size());
        std::size_t row = 0;
        while (row < most && view(row) == other.view(row)) ++row;
        return row;
    }

    /// Makes room for that many strings and characters in all.
    void reserve(std::size_t strings, std::size_t characters) {
        starts_.reserve(strings);
        arena_.reserve(characters);
        std::size_t slots = 16;
        while (strings * 4 > slots * 3) slots *= 2;
        if (slots > slots_.size()) rehash(slots);
    }

    /// The slots that `find` looks at for one of the strings, in the worst case. O(size).
    [[nodiscard]] std::size_t longest_search() const noexcept {
        std::size_t longest = 0;
        for (std::size_t row = 0; row < size(); ++row) {
            const std::uint64_t hashed = hash_(view(row));
            const std::size_t slots = locate(view(row), hashed) - static_cast<std::size_t>(hashed >> 20U);
            longest = (std::max)(longest, (slots & (slots_.size() - 1)) + 1);
        }
        return longest;
    }

private:
    static constexpr std::uint32_t vacant = 0xffff'ffffU;
    struct slot {
        std::uint32_t row = vacant;
        std::uint32_t tag = 0; ///< Low half of the hash; saves nearly all comparisons of unequal strings.
    };

    std::pair<std::size_t, bool> insert(std::string_view text, std::uint64_t hashed) {
        // At most three slots of four are taken, so that a search soon meets a vacant one.
        if ((size() + 1) * 4 > slots_.size() * 3) rehash((std::max<std::size_t>)(16, slots_.size() * 2));
        slot& place = slots_[locate(text, hashed)];
        if (place.row != vacant) return {place.row, false};
        if (size() == max_rows)
            throw argument_error("string_index: it holds " + std::to_string(max_rows) +
                                 " strings and cannot take another");
        const std::size_t row = size();
        starts_.push_back(arena_.size());
        try {
            arena_.append(text);
        } catch (...) {
            starts_.pop_back();
            throw;
        }
        place = {static_cast<std::uint32_t>(row), static_cast<std::uint32_t>(hashed)};
        fingerprint_ = (fingerprint_ ^ hashed) * 0x9e37'79b9'7f4a'7c15U;
        return {row, true};
    }

    [[nodiscard]] std::size_t first_slot(std::uint64_t hashed) const noexcept {
        return static_cast<std::size_t>(hashed >> 20U) & (slots_.size() - 1);
    }

    /// The slot that holds text, or the vacant one where it belongs (open addressing, linear probing).
    [[nodiscard]] std::size_t locate(std::string_view text, std::uint64_t hashed) const noexcept {
        const std::size_t mask = slots_.size() - 1;
        std::size_t at = first_slot(hashed);
        while (slots_[at].row != vacant &&
               (slots_[at].tag != static_cast<std::uint32_t>(hashed) || view(slots_[at].row) != text))
            at = (at + 1) & mask;
        return at;
    }

    void rehash(std::size_t slots) {
        std::vector<slot> larger(slots);
        for (std::size_t row = 0; row < size(); ++row) {
            const std::uint64_t hashed = hash_(view(row));
            std::size_t at = static_cast<std::size_t>(hashed >> 20U) & (slots - 1);
            while (larger[at].row != vacant) at = (at + 1) & (slots - 1);
            larger[at] = {static_cast<std::uint32_t>(row), static_cast<std::uint32_t>(hashed)};
        }
        slots_.swap(larger);
    }

    detail::string_hash hash_{detail::process_entropy()};
    std::string arena_;
    std::vector<std::size_t> starts_; ///< [size], offsets into the arena
    std::vector<slot> slots_;         ///< a power of two of them, or none
    std::uint64_t fingerprint_ = 0;   ///< of the strings in their order; another one in each process
};

} // namespace graft::inline v0_1
