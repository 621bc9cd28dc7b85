#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include <graft/core/error.hpp>
#include <graft/core/ids.hpp>
#include <graft/data/interactions.hpp>
#include <graft/eval/metrics.hpp>

namespace graft::inline v0_1 {

/// The ratings of items that have from `least` to `most` ratings in training.
struct popularity_bucket {
    std::size_t least = 0;
    std::size_t most = 0; ///< included; the last bucket has no end
    std::size_t size = 0; ///< ratings that it holds
    rating_error error{}; ///< 0 where it holds none
};

/// What a predictor's scores miss the ratings of `data` by, apart for rarely and often rated items. A bucket
/// starts at each of `starts`, ascending from 0: by default items never seen in training, 1 to 9, 10 to 99
/// and more ratings. Throws argument_error for starts that are not so, and as evaluate.
template <class Predictor>
[[nodiscard]] std::vector<popularity_bucket>
evaluate_by_popularity(const Predictor& predictor, const interactions& data, const interactions& train,
                       const clip& bounds = {}, const std::vector<std::size_t>& starts = {0, 1, 10, 100}) {
    if (starts.empty() || starts[0] != 0 ||
        std::adjacent_find(starts.begin(), starts.end(), std::greater_equal<>()) != starts.end())
        throw argument_error("evaluate_by_popularity: the starts must ascend from 0");
    std::vector<std::size_t> counts((std::max)(train.num_items(), data.num_items()), 0);
    for (const item_id item : train.items()) ++counts[row_of(item)];
    std::vector<std::vector<std::size_t>> positions(starts.size());
    for (std::size_t k = 0; k < data.size(); ++k) {
        const auto after = std::upper_bound(starts.begin(), starts.end(), counts[row_of(data.items()[k])]);
        positions[static_cast<std::size_t>(after - starts.begin()) - 1].push_back(k);
    }
    std::vector<popularity_bucket> buckets;
    for (std::size_t b = 0; b < starts.size(); ++b) {
        const std::size_t most =
            b + 1 < starts.size() ? starts[b + 1] - 1 : (std::numeric_limits<std::size_t>::max)();
        buckets.push_back({starts[b], most, positions[b].size(), {}});
        if (!positions[b].empty())
            buckets.back().error = evaluate(predictor, data.select(positions[b]), bounds);
    }
    return buckets;
}

} // namespace graft::inline v0_1
