#pragma once

#include <concepts>
#include <cstddef>
#include <span>
#include <vector>

#include <Eigen/Core>

#include <graft/backend/error_sums.hpp>
#include <graft/backend/recommendation.hpp>
#include <graft/backend/scorer.hpp>
#include <graft/backend/training_engine.hpp>
#include <graft/core/ids.hpp>
#include <graft/loss/squared_error.hpp>
#include <graft/optim/adam.hpp>

namespace graft {

/// A backend: where tables are stored and training steps run. A stateless type.
///
/// - `store<Scalar>(rows, width)`: the rows of a table, all weights 0. `write(row, from, values, count)` and
///   `write_all(values)` take weights from main memory, `read(..)` and `read_all(..)` copy them there.
/// - `engine<Scalar, Dim, Scorer, Optimizer, Loss>`: a training_engine.
/// - `score` and `score_all`: the scores of pairs, and of one user with all items.
/// - `sum_errors` and `top_k`: the errors of scores against ratings, and the best items of a user.
template <class B>
concept backend = requires(const typename B::template store<float> rows,
                           typename B::template store<float> writable, std::span<const user_id> users,
                           std::span<const item_id> items, std::span<const float> ratings,
                           std::span<float> scores, float* values, bool (*wanted)(item_id)) {
    { B::name } -> std::convertible_to<const char*>;
    requires std::constructible_from<typename B::template store<float>, std::size_t, std::size_t>;
    { rows.rows() } -> std::convertible_to<std::size_t>;
    { rows.width() } -> std::convertible_to<std::size_t>;
    writable.write(std::size_t{}, std::size_t{}, values, std::size_t{});
    rows.read(std::size_t{}, std::size_t{}, values, std::size_t{});
    writable.write_all(values);
    rows.read_all(values);
    requires training_engine < typename B::template engine<float, Eigen::Dynamic, dot, adam, squared_error>,
    typename B::template store<float>, float, adam, squared_error > ;
    B::template score<dot>(rows, rows, std::size_t{}, 0.0F, users, items, scores);
    B::template score_all<dot>(rows, rows, std::size_t{}, 0.0F, user_id{}, scores);
    {
        B::template sum_errors<dot>(rows, rows, std::size_t{}, 0.0F, users, items, ratings, clip{})
        } -> std::same_as<error_sums>;
    {
        B::template top_k<dot>(rows, rows, std::size_t{}, 0.0F, user_id{}, std::size_t{}, wanted)
        } -> std::same_as<std::vector<recommendation<float>>>;
};

} // namespace graft
