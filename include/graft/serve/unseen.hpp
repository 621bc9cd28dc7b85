#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include <graft/core/ids.hpp>
#include <graft/data/interactions.hpp>

namespace graft {

/// A filter for `recommend`: the items that a user has no interaction with. Build it once for many users.
/// O(interactions log(interactions per user)).
class unseen_in {
public:
    explicit unseen_in(const interactions& seen) : begin_(seen.num_users() + 1, 0), items_(seen.size()) {
        for (const user_id user : seen.users()) ++begin_[row_of(user) + 1];
        for (std::size_t u = 1; u < begin_.size(); ++u) begin_[u] += begin_[u - 1];
        std::vector<std::size_t> next(begin_.begin(), begin_.end() - 1);
        for (std::size_t k = 0; k < seen.size(); ++k)
            items_[next[row_of(seen.users()[k])]++] = seen.items()[k];
        for (std::size_t u = 0; u + 1 < begin_.size(); ++u) std::sort(at(begin_[u]), at(begin_[u + 1]));
    }

    /// O(log of the user's interactions). A user without interactions has seen nothing.
    [[nodiscard]] bool operator()(user_id user, item_id item) const {
        const std::size_t u = row_of(user);
        return u + 1 >= begin_.size() || !std::binary_search(at(begin_[u]), at(begin_[u + 1]), item);
    }

private:
    [[nodiscard]] std::vector<item_id>::iterator at(std::size_t i) {
        return items_.begin() + static_cast<std::ptrdiff_t>(i);
    }
    [[nodiscard]] std::vector<item_id>::const_iterator at(std::size_t i) const {
        return items_.begin() + static_cast<std::ptrdiff_t>(i);
    }

    std::vector<std::size_t> begin_; // [users + 1] into items_
    std::vector<item_id> items_;     // ascending for each user
};

} // namespace graft
