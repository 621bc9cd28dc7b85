#pragma once

#include <limits>

#include <graft/core/host_device.hpp>
#include <graft/loss/loss.hpp>

namespace graft::inline v0_1 {

/// (score - target)^2; its mean over a batch is torch.nn.MSELoss.
struct squared_error {
    static constexpr const char* name = "squared_error";
    static constexpr double lowest_target = -std::numeric_limits<double>::infinity();
    static constexpr double highest_target = std::numeric_limits<double>::infinity();
    /// What fit takes unless told otherwise; good for ratings of 1 to 5 stars.
    static constexpr double usual_l2 = 0.05;
    static constexpr double usual_row_l2 = 6;

    template <class Scalar>
    [[nodiscard]] GRAFT_HOST_DEVICE constexpr loss_terms<Scalar> operator()(Scalar score,
                                                                            Scalar target) const {
        const Scalar residual = score - target;
        return {residual * residual, Scalar(2) * residual};
    }
    [[nodiscard]] static double best_constant(double mean_target) { return mean_target; }
};

} // namespace graft::inline v0_1
