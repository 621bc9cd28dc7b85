#pragma once

#include <algorithm>
#include <cmath>

#include <graft/core/host_device.hpp>
#include <graft/loss/detail/exponential.hpp>
#include <graft/loss/loss.hpp>

namespace graft::inline v0_1 {

/// Cross entropy of sigmoid(score) against a target in [0, 1]: log(1 + exp(score)) - target score. Its mean
/// over a batch is torch.nn.BCEWithLogitsLoss. Finite for every finite score.
struct logistic {
    static constexpr const char* name = "logistic";
    static constexpr double lowest_target = 0;
    static constexpr double highest_target = 1;

    template <class Scalar>
    [[nodiscard]] GRAFT_HOST_DEVICE loss_terms<Scalar> operator()(Scalar score, Scalar target) const {
        const detail::softplus<Scalar> at(score);
        return {at.value - target * score, at.derivative - target};
    }
    /// The log-odds of the mean target, bounded where all targets are 0 or all are 1.
    [[nodiscard]] static double best_constant(double mean_target) {
        const double p = std::clamp(mean_target, 1e-6, 1 - 1e-6);
        return std::log(p / (1 - p));
    }
};

} // namespace graft::inline v0_1
