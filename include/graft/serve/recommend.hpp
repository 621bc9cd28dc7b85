#pragma once

#include <concepts>
#include <cstddef>
#include <vector>

#include <graft/backend/recommendation.hpp>
#include <graft/core/ids.hpp>
#include <graft/data/same_rows.hpp>

namespace graft {

/// The k items of the highest scores for a user among those that `wanted(user, item)` lets pass, best first;
/// of equal scores the lower item row comes first, scores that are no numbers last. Fewer than k where fewer
/// pass. A model is a recommender, or anything with its top_k. Throws argument_error for a user outside of
/// the model, or a filter whose rows have other ids than the model's.
template <class Model, std::predicate<user_id, item_id> Filter>
[[nodiscard]] std::vector<recommendation<typename Model::scalar>>
recommend(const Model& model, user_id user, std::size_t k, const Filter& wanted) {
    detail::check_same_rows("recommend", model, "the model", wanted, "the filter",
                            "make the filter of data whose rows are the model's");
    return model.top_k(user, k, [&](item_id item) { return wanted(user, item); });
}

/// The same among all items.
template <class Model>
[[nodiscard]] auto recommend(const Model& model, user_id user, std::size_t k) {
    return recommend(model, user, k, [](user_id, item_id) { return true; });
}

} // namespace graft
