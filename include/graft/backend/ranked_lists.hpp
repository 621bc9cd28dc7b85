#pragma once

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include <graft/backend/recommendation.hpp>

namespace graft::inline v0_1 {

/// Several lists in one piece of memory, such as one of recommendations for each of many users. lists[i] is the
/// list of the i-th that was asked for, best first.
template <class Entry>
class ranked_lists {
public:
    ranked_lists() = default;
    /// Keeps of `slots`, [lists x length], the first counts[i] of each list i.
    ranked_lists(std::vector<Entry> slots, std::size_t length, std::span<const std::size_t> counts)
        : entries_(std::move(slots)), ends_(counts.begin(), counts.end()) {
        auto to = entries_.begin();
        for (std::size_t i = 0; i < ends_.size(); ++i) {
            const auto from = entries_.begin() + static_cast<std::ptrdiff_t>(i * length);
            const auto count = static_cast<std::ptrdiff_t>(ends_[i]);
            to = from == to ? to + count : std::move(from, from + count, to);
            ends_[i] = static_cast<std::size_t>(to - entries_.begin());
        }
        entries_.erase(to, entries_.end());
    }

    /// The lists one after the other, and where in `entries` each ends.
    ranked_lists(std::vector<Entry> entries, std::vector<std::size_t> ends)
        : entries_(std::move(entries)), ends_(std::move(ends)) {}

    [[nodiscard]] std::size_t size() const noexcept { return ends_.size(); }
    [[nodiscard]] bool empty() const noexcept { return ends_.empty(); }
    /// Precondition: i < size().
    [[nodiscard]] std::span<const Entry> operator[](std::size_t i) const noexcept {
        const std::size_t begin = i == 0 ? 0 : ends_[i - 1];
        return std::span(entries_).subspan(begin, ends_[i] - begin);
    }
    /// All lists, one after the other.
    [[nodiscard]] std::span<const Entry> entries() const noexcept { return entries_; }

    /// Lists of f(entry) for each entry.
    template <class F>
    [[nodiscard]] auto mapped(const F& f) const {
        ranked_lists<std::decay_t<decltype(f(entries_[0]))>> result;
        result.ends_ = ends_;
        result.entries_.reserve(entries_.size());
        for (const Entry& entry : entries_) result.entries_.push_back(f(entry));
        return result;
    }

    class iterator {
    public:
        using iterator_category = std::input_iterator_tag;
        using value_type = std::span<const Entry>;
        using difference_type = std::ptrdiff_t;
        using pointer = void;
        using reference = value_type;

        iterator() = default;
        iterator(const ranked_lists& lists, std::size_t at) : lists_(&lists), at_(at) {}
        [[nodiscard]] value_type operator*() const noexcept { return (*lists_)[at_]; }
        iterator& operator++() noexcept {
            ++at_;
            return *this;
        }
        iterator operator++(int) noexcept { return {*lists_, at_++}; }
        [[nodiscard]] bool operator==(const iterator& other) const noexcept { return at_ == other.at_; }

    private:
        const ranked_lists* lists_ = nullptr;
        std::size_t at_ = 0;
    };
    [[nodiscard]] iterator begin() const noexcept { return {*this, 0}; }
    [[nodiscard]] iterator end() const noexcept { return {*this, size()}; }

private:
    template <class Other>
    friend class ranked_lists;

    std::vector<Entry> entries_;
    std::vector<std::size_t> ends_; // of the lists in entries_
};

/// A list of recommendations for each of many users.
template <class Scalar>
using recommendations = ranked_lists<recommendation<Scalar>>;

namespace detail {

template <class Entry>
[[nodiscard]] std::vector<Entry> only_list(const ranked_lists<Entry>& lists) {
    return {lists.entries().begin(), lists.entries().end()};
}

} // namespace detail

} // namespace graft::inline v0_1
