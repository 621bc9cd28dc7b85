#pragma once

#include <cmath>
#include <cstddef>

#include <graft/backend/error_sums.hpp>
#include <graft/core/error.hpp>
#include <graft/data/interactions.hpp>
#include <graft/data/same_rows.hpp>

namespace graft::inline v0_1 {

struct rating_error {
    double rmse = 0; ///< root mean squared error
    double mae = 0;  ///< mean absolute error
};

/// What a predictor's scores miss the ratings by. A predictor is a recommender, a baseline, or anything with
/// score(users, items), which gives a vector of scores, or with sum_errors as recommender has it, which is
/// what gets called where there are both. Throws argument_error for no data, data whose rows have other ids than
/// the predictor's, or reversed bounds.
template <class Predictor>
[[nodiscard]] rating_error evaluate(const Predictor& predictor, const interactions& data,
                                    const clip& bounds = {}) {
    if (data.empty()) throw argument_error("evaluate: there are no interactions to judge by");
    detail::check_same_rows("evaluate", predictor, data);
    if (!(bounds.low <= bounds.high)) throw argument_error("evaluate: clip.low must not be above clip.high");
    error_sums sums;
    if constexpr (requires { predictor.sum_errors(data.users(), data.items(), data.values(), bounds); }) {
        sums = predictor.sum_errors(data.users(), data.items(), data.values(), bounds);
    } else {
        const auto scores = predictor.score(data.users(), data.items());
        for (std::size_t k = 0; k < data.size(); ++k)
            sums.add(static_cast<double>(scores[static_cast<std::ptrdiff_t>(k)]), data.values()[k], bounds);
    }
    const auto n = static_cast<double>(data.size());
    return {std::sqrt(sums.squares / n), sums.absolutes / n};
}

/// Mean squared error of unclipped scores, as `evaluate`.
template <class Predictor>
[[nodiscard]] double mean_squared_error(const Predictor& predictor, const interactions& data) {
    const double rmse = evaluate(predictor, data).rmse;
    return rmse * rmse;
}

} // namespace graft::inline v0_1
