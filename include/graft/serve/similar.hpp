#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <Eigen/Core>

#include <graft/backend/cpu/scores.hpp>
#include <graft/backend/cpu/top_rows.hpp>
#include <graft/backend/list_query.hpp>
#include <graft/backend/ranked_lists.hpp>
#include <graft/backend/recommendation.hpp>
#include <graft/backend/row_view.hpp>
#include <graft/backend/scorer.hpp>
#include <graft/core/error.hpp>
#include <graft/core/ids.hpp>
#include <graft/serve/detail/rows_of_model.hpp>

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

/// For each of some rows the k most like it in a table of factors, itself left out.
template <class Scalar>
[[nodiscard]] recommendations<Scalar> similar_rows(const row_view<Scalar>& table, std::size_t dim,
                                                   std::span<const std::size_t> rows, std::size_t k,
                                                   const similar_options& options) {
    const auto other = [&](std::size_t i, item_id row) { return row_of(row) != rows[i]; };
    const list_query<decltype(other)> query{k, other, std::nullopt, options.threads};
    std::vector<const Scalar*> pointers(rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) pointers[i] = table.row(rows[i]);
    if (options.by == similarity::inner_product)
        return top_rows<dot, Scalar>(pointers, table, dim, Scalar(0), query);
    std::vector<Scalar> directions(rows.size() * dim);
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const double inverse = inverse_length(pointers[i], dim);
        for (std::size_t d = 0; d < dim; ++d)
            directions[i * dim + d] = static_cast<Scalar>(static_cast<double>(pointers[i][d]) * inverse);
        pointers[i] = directions.data() + i * dim;
    }
    return top_rows<cosine_of_unit, Scalar>(pointers, table, dim, Scalar(0), query);
}

template <class Scalar, class Id>
[[nodiscard]] recommendations<Scalar> similar_of(const char* what, const row_view<Scalar>& table,
                                                 std::size_t dim, std::span<const Id> ids, std::size_t k,
                                                 const similar_options& options) {
    std::vector<std::size_t> rows(ids.size());
    for (std::size_t i = 0; i < ids.size(); ++i) {
        rows[i] = row_of(ids[i]);
        if (rows[i] >= table.rows)
            throw argument_error(std::string(what) + ": row " + std::to_string(rows[i]) + " (at position " +
                                 std::to_string(i) + ") is not among the model's " +
                                 std::to_string(table.rows));
    }
    return similar_rows(table, dim, rows, k, options);
}

} // namespace detail

/// For each item the k others whose factors are most like its own, most alike first, equal ones in the order of the
/// rows. A model is a recommender or a mapped one. Throws argument_error for an item outside of the model. O(items of
/// the model x ids x dim).
template <class Model>
[[nodiscard]] recommendations<typename Model::scalar>
similar_items(const Model& model, std::span<const item_id> items, std::size_t k,
              const similar_options& options = {}) {
    return detail::similar_of("similar_items", detail::item_rows_of(model), model.dim(), items, k, options);
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
    return detail::similar_of("similar_users", detail::user_rows_of(model), model.dim(), users, k, options)
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
