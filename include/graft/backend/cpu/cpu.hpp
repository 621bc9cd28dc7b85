#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include <graft/backend/cpu/engine.hpp>
#include <graft/backend/cpu/packed_rows.hpp>
#include <graft/backend/cpu/scores.hpp>
#include <graft/backend/cpu/store.hpp>
#include <graft/backend/cpu/top_rows.hpp>
#include <graft/backend/error_sums.hpp>
#include <graft/backend/list_query.hpp>
#include <graft/backend/ranked_lists.hpp>
#include <graft/backend/row_view.hpp>
#include <graft/core/ids.hpp>

namespace graft::inline v0_1 {

/// Tables in main memory, arithmetic with Eigen.
struct cpu {
    static constexpr const char* name = "cpu";

    template <class Scalar>
    using store = cpu_store<Scalar>;

    template <class Scalar, int Dim, class Scorer, class Optimizer, class Loss>
    using engine = cpu_engine<Scalar, Dim, Scorer, Optimizer, Loss>;

    /// scores[k] = score of (users[k], items[k]). Ids must be in range.
    template <class Scorer, class Scalar>
    static void score(const store<Scalar>& users, const store<Scalar>& items, std::size_t dim, Scalar mean,
                      std::span<const user_id> user, std::span<const item_id> item,
                      std::span<Scalar> scores) {
        for (std::size_t k = 0; k < scores.size(); ++k)
            scores[k] =
                detail::score_pair<Scorer>(users.row(row_of(user[k])), items.row(row_of(item[k])), dim, mean);
    }

    /// scores[u * items + i] = score of (users[u], i) for every item. [users x items]
    template <class Scorer, class Scalar>
    static void score_all(const store<Scalar>& users, const store<Scalar>& items, std::size_t dim,
                          Scalar mean, std::span<const user_id> user, std::span<Scalar> scores) {
        const auto rows = pointers(users, user);
        detail::score_matrix<Scorer, Scalar>(rows, host_rows(items), dim, mean, scores.data());
    }

    /// The errors of the scores of (users[k], items[k]) against ratings[k], added up in the order of k.
    template <class Scorer, class Scalar>
    static error_sums sum_errors(const store<Scalar>& users, const store<Scalar>& items, std::size_t dim,
                                 Scalar mean, std::span<const user_id> user, std::span<const item_id> item,
                                 std::span<const float> ratings, const clip& bounds) {
        error_sums sums;
        for (std::size_t k = 0; k < ratings.size(); ++k)
            sums.add(static_cast<double>(detail::score_pair<Scorer>(users.row(row_of(user[k])),
                                                                    items.row(row_of(item[k])), dim, mean)),
                     ratings[k], bounds);
        return sums;
    }

    /// For each user the best items that the query lets pass, in the order of `recommend`.
    template <class Scorer, class Scalar, class Wanted>
    static recommendations<Scalar> top_k(const store<Scalar>& users, const store<Scalar>& items,
                                         std::size_t dim, Scalar mean, std::span<const user_id> user,
                                         const list_query<Wanted>& query) {
        const auto rows = pointers(users, user);
        return detail::top_rows<Scorer, Scalar>(rows, host_rows(items), dim, mean, query);
    }
    /// The same for rows that stand in no table. rows: [n x width of items]
    template <class Scorer, class Scalar, class Wanted>
    static recommendations<Scalar> top_k_of_rows(std::span<const Scalar> rows, const store<Scalar>& items,
                                                 std::size_t dim, Scalar mean,
                                                 const list_query<Wanted>& query) {
        return detail::top_rows<Scorer, Scalar>(rows, items.width(), host_rows(items), dim, mean, query);
    }

    /// The rows in main memory, until the store is next written to.
    template <class Scalar>
    static row_view<Scalar> host_rows(const store<Scalar>& rows) {
        return {rows.row(0), rows.rows(), rows.stride()};
    }

private:
    template <class Scalar>
    static std::vector<const Scalar*> pointers(const store<Scalar>& users, std::span<const user_id> ids) {
        std::vector<const Scalar*> rows(ids.size());
        for (std::size_t i = 0; i < ids.size(); ++i) rows[i] = users.row(row_of(ids[i]));
        return rows;
    }
};

} // namespace graft::inline v0_1
