#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>

#include <graft/core/error.hpp>
#include <graft/data/interactions.hpp>
#include <graft/eval/metrics.hpp>
#include <graft/loss/loss.hpp>
#include <graft/loss/squared_error.hpp>

namespace graft {

/// The mean of a loss over data, for anything with score(users, items). Throws argument_error for no data.
template <class Predictor, pointwise_loss Loss>
[[nodiscard]] double mean_loss(const Predictor& predictor, const interactions& data, const Loss& loss) {
    if constexpr (std::same_as<Loss, squared_error>) {
        return mean_squared_error(predictor, data); // summed up where the tables live
    } else {
        if (data.empty()) throw argument_error("mean_loss: there are no interactions to judge by");
        constexpr std::size_t at_once = 65536;
        double sum = 0;
        for (std::size_t begin = 0; begin < data.size(); begin += at_once) {
            const std::size_t count = (std::min)(at_once, data.size() - begin);
            const auto scores =
                predictor.score(data.users().subspan(begin, count), data.items().subspan(begin, count));
            for (std::size_t k = 0; k < count; ++k)
                sum += loss(static_cast<double>(scores[static_cast<std::ptrdiff_t>(k)]),
                            static_cast<double>(data.values()[begin + k]))
                           .value;
        }
        return sum / static_cast<double>(data.size());
    }
}

} // namespace graft
