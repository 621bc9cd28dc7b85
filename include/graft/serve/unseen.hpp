#pragma once

#include <graft/core/ids.hpp>
#include <graft/data/interactions.hpp>
#include <graft/data/items_of_users.hpp>

namespace graft {

/// A filter for `recommend`: the items that a user has no interaction with. Build it once for many users.
/// O(interactions log(interactions per user)).
class unseen_in {
public:
    explicit unseen_in(const interactions& seen) : seen_(seen) {}

    /// O(log of the user's interactions). A user without interactions has seen nothing.
    [[nodiscard]] bool operator()(user_id user, item_id item) const { return !seen_.has(user, item); }

private:
    items_of_users seen_;
};

} // namespace graft
