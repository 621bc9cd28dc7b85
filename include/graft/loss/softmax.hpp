#pragma once

#include <cmath>
#include <cstddef>

#include <graft/core/host_device.hpp>
#include <graft/loss/detail/exponential.hpp>
#include <graft/loss/loss.hpp>

namespace graft::inline v0_1 {

/// Sampled softmax: the cross entropy of a group's first item among all of the group,
/// -s_0 + log(sum_j exp(s_j)). Targets do not matter. Finite for all finite scores.
struct softmax {
    static constexpr const char* name = "softmax";
    static constexpr bool compares_only = true;

    template <class Scalar>
    [[nodiscard]] GRAFT_HOST_DEVICE Scalar operator()(const Scalar* scores, const float* /*targets*/,
                                                      std::size_t size, Scalar* gradients) const {
        Scalar largest = scores[0];
        for (std::size_t j = 1; j < size; ++j)
            if (scores[j] > largest) largest = scores[j];
        Scalar sum = 0;
        for (std::size_t j = 0; j < size; ++j) {
            gradients[j] = detail::exp_of_negative(scores[j] - largest);
            sum += gradients[j];
        }
        const Scalar value = std::log(sum) + (largest - scores[0]);
        for (std::size_t j = 0; j < size; ++j) gradients[j] /= sum;
        gradients[0] -= Scalar(1);
        return value;
    }
};

} // namespace graft::inline v0_1
