#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <span>
#include <vector>

#include <graft/core/ids.hpp>

namespace graft {

template <class Scalar>
struct recommendation {
    item_id item;
    Scalar score;
};

/// The k items of the highest scores for a user among those that `wanted(user, item)` lets pass, best first;
/// of equal scores the lower item row comes first, scores that are no numbers last. Fewer than k where fewer
/// pass. Throws argument_error for a user outside of the model.
template <class Model, std::predicate<user_id, item_id> Filter>
[[nodiscard]] std::vector<recommendation<typename Model::scalar>>
recommend(const Model& model, user_id user, std::size_t k, const Filter& wanted) {
    using scalar = typename Model::scalar;
    std::vector<scalar> scores(model.num_items());
    model.score_all(user, std::span(scores));
    std::vector<recommendation<scalar>> found;
    for (std::size_t i = 0; i < scores.size(); ++i) {
        const auto item = static_cast<item_id>(i);
        if (wanted(user, item)) found.push_back({item, scores[i]});
    }
    const std::size_t kept = (std::min)(k, found.size());
    const auto better = [](const auto& a, const auto& b) {
        if (std::isnan(a.score) || std::isnan(b.score)) // last, since nothing is better than them or worse
            return std::isnan(a.score) == std::isnan(b.score) ? a.item < b.item : std::isnan(b.score);
        return a.score != b.score ? a.score > b.score : a.item < b.item;
    };
    std::partial_sort(found.begin(), found.begin() + static_cast<std::ptrdiff_t>(kept), found.end(), better);
    found.resize(kept);
    return found;
}

/// The same among all items.
template <class Model>
[[nodiscard]] auto recommend(const Model& model, user_id user, std::size_t k) {
    return recommend(model, user, k, [](user_id, item_id) { return true; });
}

} // namespace graft
