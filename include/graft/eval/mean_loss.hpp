#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <vector>

#include <graft/backend/training_engine.hpp>
#include <graft/core/error.hpp>
#include <graft/data/interactions.hpp>
#include <graft/data/same_rows.hpp>
#include <graft/eval/metrics.hpp>
#include <graft/loss/loss.hpp>
#include <graft/loss/squared_error.hpp>

namespace graft::inline v0_1 {

namespace detail {

/// The mean of a loss over interactions in groups: consecutive ones, of `group` each (1 for a pointwise_loss).
template <class Predictor, loss Loss>
[[nodiscard]] double mean_loss_of(const Predictor& predictor, const training_data& data, std::size_t group,
                                  const Loss& loss) {
    const std::size_t at_once = 65536 / group * group;
    const std::size_t size = data.users.size();
    std::vector<double> own(group), gradients(group);
    double sum = 0;
    for (std::size_t begin = 0; begin < size; begin += at_once) {
        const std::size_t count = (std::min)(at_once, size - begin);
        const auto scores =
            predictor.score(data.users.subspan(begin, count), data.items.subspan(begin, count));
        for (std::size_t k = 0; k < count; k += group) {
            double value = 0;
            if constexpr (pointwise_loss<Loss>) {
                value = loss(static_cast<double>(scores[static_cast<std::ptrdiff_t>(k)]),
                             static_cast<double>(data.targets[begin + k]))
                            .value;
            } else {
                for (std::size_t i = 0; i < group; ++i)
                    own[i] = static_cast<double>(scores[static_cast<std::ptrdiff_t>(k + i)]);
                value = loss(own.data(), data.targets.data() + begin + k, group, gradients.data());
            }
            sum += data.weights.empty() ? value : static_cast<double>(data.weights[begin + k]) * value;
        }
    }
    const std::size_t groups = size / group;
    return sum / static_cast<double>(groups);
}

} // namespace detail

/// The mean of a loss over data, for anything with score(users, items). Throws argument_error for no data, or data
/// whose rows have other ids than the predictor's.
template <class Predictor, pointwise_loss Loss>
[[nodiscard]] double mean_loss(const Predictor& predictor, const interactions& data, const Loss& loss) {
    if constexpr (std::same_as<Loss, squared_error>) {
        return mean_squared_error(predictor, data); // summed up where the tables live
    } else {
        if (data.empty()) throw argument_error("mean_loss: there are no interactions to judge by");
        detail::check_same_rows("mean_loss", predictor, data);
        return detail::mean_loss_of(predictor, {data.users(), data.items(), data.values()}, 1, loss);
    }
}

} // namespace graft::inline v0_1
