#pragma once

#include <concepts>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <Eigen/Core>

#include <graft/backend/list_query.hpp>
#include <graft/backend/ranked_lists.hpp>
#include <graft/backend/recommendation.hpp>
#include <graft/core/error.hpp>
#include <graft/core/ids.hpp>
#include <graft/data/same_rows.hpp>
#include <graft/serve/filters.hpp>

namespace graft::inline v0_1 {

struct recommend_options {
    /// At most so many, where there is the work for them; 0 means all of the machine's. Results do not depend on it.
    std::size_t threads = 1;
};

namespace detail {

/// ask(query) with the query that a filter makes: `passes(filter, i, item)` tells whether an item may stand in list i.
template <class Filter, class Passes, class Ask>
[[nodiscard]] auto ask_filtered(std::size_t k, const Filter& filter, const recommend_options& options,
                                const Passes& passes, const Ask& ask) {
    const auto make = [&](const auto& rest, auto items) {
        const auto wanted = [&](std::size_t i, item_id item) { return passes(rest, i, item); };
        return ask(list_query<decltype(wanted)>{k, wanted, items, options.threads});
    };
    using items = std::optional<std::span<const item_id>>;
    if constexpr (requires {
                      filter.items();
                      filter.rest();
                  })
        return make(filter.rest(), items(filter.items()));
    else
        return make(filter, items());
}

/// Throws argument_error for a filter whose rows have other ids than the model's.
template <class Model, class Filter>
void check_filter(const Model& model, const Filter& filter) {
    check_same_rows("recommend", model, "the model", filter, "the filter",
                    "make the filter of data whose rows are the model's");
    if constexpr (requires { filter.rest(); }) check_filter(model, filter.rest());
}

} // namespace detail

/// For each user the k items of the highest scores among those that `wanted(user, item)` lets pass, best first; of
/// equal scores the lower item row comes first, scores that are no numbers last. Fewer than k where fewer pass. wanted:
/// unseen_in, among, all_but, or a predicate, which with several threads is called on all at once. A model is a
/// recommender, or anything with its top_k. Throws argument_error for a user or item outside of the model, or a filter
/// whose rows have other ids than the model's.
template <class Model, std::predicate<user_id, item_id> Filter>
[[nodiscard]] recommendations<typename Model::scalar>
recommend(const Model& model, std::span<const user_id> users, std::size_t k, const Filter& wanted,
          const recommend_options& options = {}) {
    detail::check_filter(model, wanted);
    return detail::ask_filtered(
        k, wanted, options,
        [&](const auto& filter, std::size_t i, item_id item) { return filter(users[i], item); },
        [&](const auto& query) { return model.top_k(users, query); });
}
template <class Model>
[[nodiscard]] auto recommend(const Model& model, std::span<const user_id> users, std::size_t k,
                             const recommend_options& options = {}) {
    return recommend(model, users, k, all_items{}, options);
}

/// The same for one user.
template <class Model, std::predicate<user_id, item_id> Filter>
[[nodiscard]] std::vector<recommendation<typename Model::scalar>>
recommend(const Model& model, user_id user, std::size_t k, const Filter& wanted,
          const recommend_options& options = {}) {
    return detail::only_list(recommend(model, std::span(&user, 1), k, wanted, options));
}
template <class Model>
[[nodiscard]] auto recommend(const Model& model, user_id user, std::size_t k,
                             const recommend_options& options = {}) {
    return recommend(model, user, k, all_items{}, options);
}

/// The same for a user who is not in the model, by a row as fold_in_user gives it, [dim] or with the bias [dim + 1],
/// or for several, [n x dim] or [n x (dim + 1)]; a vector gives a vector. `wanted(item)` may be all_but what the user
/// has met. Throws argument_error for rows of another width, or with a number that is not finite in the model's type.
template <class Model, class Derived, std::predicate<item_id> Filter>
[[nodiscard]] auto recommend(const Model& model, const Eigen::MatrixBase<Derived>& rows, std::size_t k,
                             const Filter& wanted, const recommend_options& options = {}) {
    using scalar = typename Model::scalar;
    constexpr bool one = Derived::IsVectorAtCompileTime;
    constexpr bool biased = Model::scorer_type::has_biases;
    const auto dim = static_cast<Eigen::Index>(model.dim());
    const Eigen::Index count = one ? 1 : rows.rows();
    const Eigen::Index given = one ? rows.size() : rows.cols();
    if (given != dim && !(biased && given == dim + 1))
        throw argument_error("recommend: a row of " + std::to_string(given) + " numbers is not one of " +
                             std::to_string(dim) + (biased ? " and a bias" : ""));
    using matrix = Eigen::Matrix<scalar, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
    matrix whole = matrix::Zero(count, dim + (biased ? 1 : 0));
    if constexpr (one)
        whole.row(0).head(given) = rows.template cast<scalar>().reshaped().transpose();
    else
        whole.leftCols(given) = rows.template cast<scalar>();
    if (!whole.allFinite()) throw argument_error("recommend: a row has a number that is not finite");
    detail::check_filter(model, wanted);
    auto lists = detail::ask_filtered(
        k, wanted, options, [](const auto& filter, std::size_t, item_id item) { return filter(item); },
        [&](const auto& query) {
            return model.top_k_of_rows(
                std::span<const scalar>(whole.data(), static_cast<std::size_t>(whole.size())), query);
        });
    if constexpr (one)
        return detail::only_list(lists);
    else
        return lists;
}
template <class Model, class Derived>
[[nodiscard]] auto recommend(const Model& model, const Eigen::MatrixBase<Derived>& rows, std::size_t k,
                             const recommend_options& options = {}) {
    return recommend(model, rows, k, all_items{}, options);
}

} // namespace graft::inline v0_1
