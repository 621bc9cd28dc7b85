#pragma once

#include <graft/core/host_device.hpp>

namespace graft {

/// Mean squared error over a batch of n: (1/n) sum (score - target)^2, as torch.nn.MSELoss.
struct mse {
    /// What one interaction adds to the sum. residual: score - target.
    template <class Scalar>
    [[nodiscard]] GRAFT_HOST_DEVICE static constexpr Scalar value(Scalar residual) {
        return residual * residual;
    }
    /// Derivative of `value` by the score.
    template <class Scalar>
    [[nodiscard]] GRAFT_HOST_DEVICE static constexpr Scalar gradient(Scalar residual) {
        return Scalar(2) * residual;
    }
};

} // namespace graft
