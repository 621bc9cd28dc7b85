#pragma once

#include <memory>

#include <graft/core/ids.hpp>
#include <graft/data/id_map.hpp>
#include <graft/data/interactions.hpp>
#include <graft/data/items_of_users.hpp>

namespace graft::inline v0_1 {

/// A filter for `recommend`: the items that a user has no interaction with. Build it once for many users.
/// O(interactions log(interactions per user)).
class unseen_in {
public:
    explicit unseen_in(const interactions& seen)
        : seen_(seen), user_ids_(seen.shared_user_ids()), item_ids_(seen.shared_item_ids()) {}

    /// O(log of the user's interactions). A user without interactions has seen nothing.
    [[nodiscard]] bool operator()(user_id user, item_id item) const { return !seen_.has(user, item); }

    /// The ids of the rows, shared with the interactions.
    [[nodiscard]] const std::shared_ptr<const id_map>& shared_user_ids() const noexcept { return user_ids_; }
    [[nodiscard]] const std::shared_ptr<const id_map>& shared_item_ids() const noexcept { return item_ids_; }

private:
    items_of_users seen_;
    std::shared_ptr<const id_map> user_ids_;
    std::shared_ptr<const id_map> item_ids_;
};

} // namespace graft::inline v0_1
