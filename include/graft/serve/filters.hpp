#pragma once

#include <algorithm>
#include <concepts>
#include <span>
#include <utility>
#include <vector>

#include <graft/core/ids.hpp>

namespace graft::inline v0_1 {

/// A filter for `recommend` that lets every item pass.
struct all_items {
    [[nodiscard]] bool operator()(item_id) const noexcept { return true; }
    [[nodiscard]] bool operator()(user_id, item_id) const noexcept { return true; }
};

namespace detail {

[[nodiscard]] inline std::vector<item_id> sorted_items(std::span<const item_id> items) {
    std::vector<item_id> sorted(items.begin(), items.end());
    std::sort(sorted.begin(), sorted.end());
    sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
    return sorted;
}

} // namespace detail

/// A filter for `recommend`: these items alone, and of them those that another filter lets pass, as in
/// among(fresh, unseen_in(train)). A list takes the time of these items, not of all.
template <class Rest = all_items>
class among {
public:
    explicit among(std::span<const item_id> items, Rest rest = {})
        : items_(detail::sorted_items(items)), rest_(std::move(rest)) {}

    [[nodiscard]] std::span<const item_id> items() const noexcept { return items_; } ///< ascending, each once
    [[nodiscard]] const Rest& rest() const noexcept { return rest_; }

    [[nodiscard]] bool operator()(item_id item) const requires std::predicate<const Rest&, item_id> {
        return has(item) && rest_(item);
    }
    [[nodiscard]] bool operator()(user_id user,
                                  item_id item) const requires std::predicate<const Rest&, user_id, item_id> {
        return has(item) && rest_(user, item);
    }

private:
    [[nodiscard]] bool has(item_id item) const {
        return std::binary_search(items_.begin(), items_.end(), item);
    }

    std::vector<item_id> items_;
    Rest rest_;
};

/// A filter for `recommend`: all items but these.
class all_but {
public:
    explicit all_but(std::span<const item_id> items) : items_(detail::sorted_items(items)) {}

    [[nodiscard]] bool operator()(item_id item) const {
        return !std::binary_search(items_.begin(), items_.end(), item);
    }
    [[nodiscard]] bool operator()(user_id, item_id item) const { return (*this)(item); }

private:
    std::vector<item_id> items_; // ascending
};

} // namespace graft::inline v0_1
