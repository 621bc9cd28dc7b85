#pragma once

#include <concepts>
#include <cstddef>
#include <span>

#include <Eigen/Core>

#include <graft/backend/error_sums.hpp>
#include <graft/backend/list_query.hpp>
#include <graft/backend/ranked_lists.hpp>
#include <graft/backend/row_view.hpp>
#include <graft/backend/scorer.hpp>
#include <graft/backend/training_engine.hpp>
#include <graft/core/ids.hpp>
#include <graft/loss/squared_error.hpp>
#include <graft/optim/adam.hpp>

namespace graft::inline v0_1 {

/// A backend: where tables are stored and training steps run. A stateless type.
///
/// - `store<Scalar>(rows, width)`: the rows of a table, all weights 0. `write(row, from, values, count)` and
///   `write_all(values)` take weights from main memory, `read(..)` and `read_all(..)` copy them there. A copy has the
///   weights, `write_all(store)` takes them from a store of the same shape.
/// - `engine<Scalar, Dim, Scorer, Optimizer, Loss>`: a training_engine.
/// - `score` and `score_all`: the scores of pairs, and of users with all items.
/// - `sum_errors`: the errors of scores against ratings.
/// - `top_k` and `top_k_of_rows`: the best items of users, and of rows that stand in no table.
/// - `host_rows`: a row_view of a store's rows. Where these are several processes', there is none, and `top_k_of_rows`
///   takes the scorers of backend/cpu/scores.hpp, too.
template <class B>
concept backend = requires(const typename B::template store<float> rows,
                           typename B::template store<float> writable, std::span<const user_id> users,
                           std::span<const item_id> items, std::span<const float> ratings,
                           std::span<float> scores, float* values,
                           const list_query<bool (*)(std::size_t, item_id)>& query) {
    { B::name } -> std::convertible_to<const char*>;
    requires std::constructible_from<typename B::template store<float>, std::size_t, std::size_t>;
    { rows.rows() } -> std::convertible_to<std::size_t>;
    { rows.width() } -> std::convertible_to<std::size_t>;
    writable.write(std::size_t{}, std::size_t{}, values, std::size_t{});
    rows.read(std::size_t{}, std::size_t{}, values, std::size_t{});
    writable.write_all(values);
    writable.write_all(rows);
    requires std::copy_constructible<typename B::template store<float>>;
    rows.read_all(values);
    requires training_engine < typename B::template engine<float, Eigen::Dynamic, dot, adam, squared_error>,
    typename B::template store<float>, float, adam, squared_error > ;
    B::template score<dot>(rows, rows, std::size_t{}, 0.0F, users, items, scores);
    B::template score_all<dot>(rows, rows, std::size_t{}, 0.0F, users, scores);
    {
        B::template sum_errors<dot>(rows, rows, std::size_t{}, 0.0F, users, items, ratings, clip{})
        } -> std::same_as<error_sums>;
    {
        B::template top_k<dot>(rows, rows, std::size_t{}, 0.0F, users, query)
        } -> std::same_as<recommendations<float>>;
    {
        B::template top_k_of_rows<dot>(ratings, rows, std::size_t{}, 0.0F, query)
        } -> std::same_as<recommendations<float>>;
    requires requires { requires B::is_collective; } || requires {
        { B::host_rows(rows) } -> std::same_as<row_view<float>>;
    };
};

} // namespace graft::inline v0_1
