#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include <graft/backend/cpu/scores.hpp>
#include <graft/backend/list_query.hpp>
#include <graft/backend/ranked_lists.hpp>
#include <graft/backend/recommendation.hpp>
#include <graft/backend/scorer.hpp>
#include <graft/core/ids.hpp>
#include <graft/serve/detail/table_of_model.hpp>

namespace graft::inline v0_1 {

/// What makes two rows of factors alike; biases have no part in it.
enum class similarity {
    cosine,       ///< in [-1, 1], and 0 for a row of zeros
    inner_product ///< which favours long rows: those of items that many like
};

struct similar_options {
    similarity by = similarity::cosine;
    std::size_t threads = 1; ///< at most so many; 0 means all of the machine's
};

template <class Scalar>
struct similar_user {
    user_id user;
    Scalar score;
};

namespace detail {

/// For each of some rows the k most like it in its table, itself left out.
template <class Model, class Id>
[[nodiscard]] recommendations<typename Model::scalar> similar_of(const char* what, const Model& model,
                                                                 std::span<const Id> ids, std::size_t k,
                                                                 const similar_options& options) {
    using scalar = typename Model::scalar;
    const table_of_model<Model, Id> table(model);
    auto rows = table.rows_of(what, ids);
    const auto other = [&](std::size_t i, item_id row) { return row_of(row) != row_of(ids[i]); };
    const list_query<decltype(other)> query{k, other, std::nullopt, options.threads};
    if (options.by == similarity::inner_product) return table.template best<dot>(rows, query);
    for (std::size_t i = 0; i < ids.size(); ++i) { // to directions
        scalar* const row = rows.data() + i * table.width();
        const double inverse = inverse_length(row, model.dim());
        for (std::size_t d = 0; d < model.dim(); ++d)
            row[d] = static_cast<scalar>(static_cast<double>(row[d]) * inverse);
    }
    return table.template best<cosine_of_unit>(rows, query);
}

} // namespace detail

/// For each item the k others whose factors are most like its own, most alike first, equal ones in the order of the
/// rows. A model is a recommender or a mapped one. Throws argument_error for an item outside of the model. O(items of
/// the model x ids x dim).
template <class Model>
[[nodiscard]] recommendations<typename Model::scalar>
similar_items(const Model& model, std::span<const item_id> items, std::size_t k,
              const similar_options& options = {}) {
    return detail::similar_of("similar_items: row", model, items, k, options);
}
template <class Model>
[[nodiscard]] std::vector<recommendation<typename Model::scalar>>
similar_items(const Model& model, item_id item, std::size_t k, const similar_options& options = {}) {
    return detail::only_list(similar_items(model, std::span(&item, 1), k, options));
}

/// The same for users.
template <class Model>
[[nodiscard]] ranked_lists<similar_user<typename Model::scalar>>
similar_users(const Model& model, std::span<const user_id> users, std::size_t k,
              const similar_options& options = {}) {
    using scalar = typename Model::scalar;
    return detail::similar_of("similar_users: row", model, users, k, options)
        .mapped([](const recommendation<scalar>& row) {
            return similar_user<scalar>{static_cast<user_id>(row.item), row.score};
        });
}
template <class Model>
[[nodiscard]] std::vector<similar_user<typename Model::scalar>>
similar_users(const Model& model, user_id user, std::size_t k, const similar_options& options = {}) {
    return detail::only_list(similar_users(model, std::span(&user, 1), k, options));
}

} // namespace graft::inline v0_1
