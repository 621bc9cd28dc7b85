#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

#include <graft/backend/cpu/engine.hpp>
#include <graft/backend/cpu/rows.hpp>
#include <graft/backend/cpu/store.hpp>
#include <graft/backend/error_sums.hpp>
#include <graft/backend/recommendation.hpp>
#include <graft/core/ids.hpp>

namespace graft {

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
                detail::score_rows<Scorer>(users.row(row_of(user[k])), items.row(row_of(item[k])), dim, mean);
    }

    /// scores[i] = score of (user, i) for every item. [items]
    template <class Scorer, class Scalar>
    static void score_all(const store<Scalar>& users, const store<Scalar>& items, std::size_t dim,
                          Scalar mean, user_id user, std::span<Scalar> scores) {
        const Scalar* row = users.row(row_of(user));
        for (std::size_t i = 0; i < scores.size(); ++i)
            scores[i] = detail::score_rows<Scorer>(row, items.row(i), dim, mean);
    }

    /// The errors of the scores of (users[k], items[k]) against ratings[k], added up in the order of k.
    template <class Scorer, class Scalar>
    static error_sums sum_errors(const store<Scalar>& users, const store<Scalar>& items, std::size_t dim,
                                 Scalar mean, std::span<const user_id> user, std::span<const item_id> item,
                                 std::span<const float> ratings, const clip& bounds) {
        error_sums sums;
        for (std::size_t k = 0; k < ratings.size(); ++k)
            sums.add(static_cast<double>(detail::score_rows<Scorer>(users.row(row_of(user[k])),
                                                                    items.row(row_of(item[k])), dim, mean)),
                     ratings[k], bounds);
        return sums;
    }

    /// The best k of the items for which wanted(item) is true, or all of them if there are fewer, in the
    /// order of `recommend`.
    template <class Scorer, class Scalar, class Filter>
    static std::vector<recommendation<Scalar>> top_k(const store<Scalar>& users, const store<Scalar>& items,
                                                     std::size_t dim, Scalar mean, user_id user,
                                                     std::size_t k, const Filter& wanted) {
        const Scalar* row = users.row(row_of(user));
        std::vector<recommendation<Scalar>> found;
        found.reserve(items.rows());
        for (std::size_t i = 0; i < items.rows(); ++i) {
            const auto item = static_cast<item_id>(i);
            if (wanted(item))
                found.push_back({item, detail::score_rows<Scorer>(row, items.row(i), dim, mean)});
        }
        const auto end = found.begin() + static_cast<std::ptrdiff_t>((std::min)(k, found.size()));
        std::partial_sort(found.begin(), end, found.end(), detail::ranks_before{});
        found.erase(end, found.end());
        return found;
    }
};

} // namespace graft
