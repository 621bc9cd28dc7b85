#pragma once

#include <cstddef>
#include <span>

#include <graft/backend/cpu/engine.hpp>
#include <graft/backend/cpu/rows.hpp>
#include <graft/backend/cpu/store.hpp>
#include <graft/core/ids.hpp>

namespace graft {

/// Tables in main memory, arithmetic with Eigen.
struct cpu {
    static constexpr const char* name = "cpu";

    template <class Scalar>
    using store = cpu_store<Scalar>;

    template <class Scalar, int Dim, class Scorer, class Optimizer>
    using engine = cpu_engine<Scalar, Dim, Scorer, Optimizer>;

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
};

} // namespace graft
