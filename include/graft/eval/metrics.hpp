#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <vector>

#include <graft/core/error.hpp>
#include <graft/data/interactions.hpp>

namespace graft {

/// Bounds that scores are brought into before they are judged; none by default.
struct clip {
    double low = -std::numeric_limits<double>::infinity();
    double high = std::numeric_limits<double>::infinity();
};

struct rating_error {
    double rmse = 0; ///< root mean squared error
    double mae = 0;  ///< mean absolute error
};

/// What a predictor's scores miss the ratings by. A predictor is a recommender, a baseline, or anything with
/// score(users, items), which gives a vector of scores. Throws argument_error for no data or reversed bounds.
template <class Predictor>
[[nodiscard]] rating_error evaluate(const Predictor& predictor, const interactions& data,
                                    const clip& bounds = {}) {
    if (data.empty()) throw argument_error("evaluate: there are no interactions to judge by");
    if (!(bounds.low <= bounds.high)) throw argument_error("evaluate: clip.low must not be above clip.high");
    const auto scores = predictor.score(data.users(), data.items());
    double squares = 0;
    double absolutes = 0;
    for (std::size_t k = 0; k < data.size(); ++k) {
        const auto score = static_cast<double>(scores[static_cast<std::ptrdiff_t>(k)]);
        const double miss =
            std::clamp(score, bounds.low, bounds.high) - static_cast<double>(data.values()[k]);
        squares += miss * miss;
        absolutes += std::abs(miss);
    }
    const auto n = static_cast<double>(data.size());
    return {std::sqrt(squares / n), absolutes / n};
}

/// Mean squared error of unclipped scores, as `evaluate`.
template <class Predictor>
[[nodiscard]] double mean_squared_error(const Predictor& predictor, const interactions& data) {
    const double rmse = evaluate(predictor, data).rmse;
    return rmse * rmse;
}

} // namespace graft
