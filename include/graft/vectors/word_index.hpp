#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <graft/core/error.hpp>
#include <graft/core/ids.hpp>

namespace graft {

/// Distinct words, numbered from 0 in the order of insertion. Lookup is O(1) and allocates nothing; all
/// letters lie in one piece of memory.
class word_index {
public:
    [[nodiscard]] std::size_t size() const noexcept { return starts_.size() - 1; }
    [[nodiscard]] bool empty() const noexcept { return size() == 0; }

    /// The word of a number below size(); valid until the next insert.
    [[nodiscard]] std::string_view operator[](std::size_t number) const noexcept {
        return {letters_.data() + starts_[number], starts_[number + 1] - starts_[number]};
    }

    [[nodiscard]] std::optional<std::size_t> find(std::string_view word) const noexcept {
        if (slots_.empty()) return std::nullopt;
        const slot found = slots_[probe(word, hash(word))];
        if (found.number == no_word) return std::nullopt;
        return found.number;
    }

    /// The number of the word, and whether it is new. Throws argument_error beyond max_rows words.
    std::pair<std::size_t, bool> insert(std::string_view word) { return insert(word, hash(word)); }

    /// The same with hash(word) at hand.
    std::pair<std::size_t, bool> insert(std::string_view word, std::uint32_t hashed) {
        if (4 * (size() + 1) > 3 * slots_.size()) rehash(slots_.empty() ? 16 : 2 * slots_.size());
        slot& place = slots_[probe(word, hashed)];
        if (place.number != no_word) return {place.number, false};
        if (size() >= max_rows)
            throw argument_error("word_index: more than " + std::to_string(max_rows) + " words");
        const auto number = static_cast<std::uint32_t>(size());
        starts_.reserve(starts_.size() + 1 > starts_.capacity() ? 2 * starts_.size() : 0);
        letters_.insert(letters_.end(), word.begin(), word.end());
        starts_.push_back(letters_.size());
        place = {hashed, number};
        return {number, true};
    }

    /// Makes room for a number of words.
    void reserve(std::size_t words) {
        starts_.reserve(words + 1);
        std::size_t slots = 16;
        while (3 * slots < 4 * words) slots *= 2;
        if (slots > slots_.size()) rehash(slots);
    }

    [[nodiscard]] static std::uint32_t hash(std::string_view word) noexcept {
        // Eight bytes at a time; multiplying by an odd constant and folding the high half down spreads each.
        constexpr std::uint64_t factor = 0x9e3779b97f4a7c15U;
        std::uint64_t mixed = word.size() * factor;
        const auto add = [&mixed](const char* from, std::size_t bytes) {
            std::uint64_t piece = 0;
            std::memcpy(&piece, from, bytes);
            mixed = (mixed ^ piece) * factor;
            mixed ^= mixed >> 32U;
        };
        std::size_t at = 0;
        for (; at + 8 <= word.size(); at += 8) add(word.data() + at, 8);
        if (at < word.size()) add(word.data() + at, word.size() - at);
        mixed *= factor;
        return static_cast<std::uint32_t>(mixed >> 32U);
    }

    class iterator {
    public:
        using iterator_category = std::input_iterator_tag;
        using iterator_concept = std::forward_iterator_tag;
        using value_type = std::string_view;
        using difference_type = std::ptrdiff_t;
        using pointer = void;
        using reference = std::string_view;

        iterator() = default;
        iterator(const word_index& words, std::size_t number) : words_(&words), number_(number) {}
        [[nodiscard]] std::string_view operator*() const { return (*words_)[number_]; }
        iterator& operator++() { return ++number_, *this; }
        iterator operator++(int) {
            const iterator before = *this;
            ++number_;
            return before;
        }
        [[nodiscard]] bool operator==(const iterator&) const = default;

    private:
        const word_index* words_ = nullptr;
        std::size_t number_ = 0;
    };
    [[nodiscard]] iterator begin() const { return {*this, 0}; }
    [[nodiscard]] iterator end() const { return {*this, size()}; }

private:
    static constexpr std::uint32_t no_word = 0xffff'ffffU;
    struct slot {
        std::uint32_t hashed = 0;
        std::uint32_t number = no_word;
    };

    /// Where the word is, or where it would go. At most three slots in four are taken, so that this ends.
    [[nodiscard]] std::size_t probe(std::string_view word, std::uint32_t hashed) const noexcept {
        const std::size_t mask = slots_.size() - 1;
        for (std::size_t at = hashed & mask;; at = (at + 1) & mask) {
            const slot& here = slots_[at];
            if (here.number == no_word || (here.hashed == hashed && (*this)[here.number] == word)) return at;
        }
    }

    void rehash(std::size_t slots) {
        std::vector<slot> larger(slots);
        for (const slot& taken : slots_) {
            if (taken.number == no_word) continue;
            std::size_t at = taken.hashed & (slots - 1);
            while (larger[at].number != no_word) at = (at + 1) & (slots - 1);
            larger[at] = taken;
        }
        slots_ = std::move(larger);
    }

    std::vector<char> letters_;
    std::vector<std::size_t> starts_ = {0}; // word i is letters [starts_[i], starts_[i + 1])
    std::vector<slot> slots_;               // open addressing, a power of two
};

} // namespace graft
