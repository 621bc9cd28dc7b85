#pragma once

#include <cstddef>

#include <graft/core/host_device.hpp>
#include <graft/loss/detail/exponential.hpp>
#include <graft/loss/loss.hpp>

namespace graft::inline v0_1 {

/// Bayesian personalised ranking: the mean over a group's other items j of -log sigmoid(s_0 - s_j), where s_0
/// is the score of its first item (Rendle et al., "BPR: Bayesian personalized ranking from implicit feedback",
/// 2009). Targets do not matter. Finite for all finite scores; a group of one item has the loss 0.
struct bpr {
    static constexpr const char* name = "bpr";
    static constexpr bool compares_only = true;

    template <class Scalar>
    [[nodiscard]] GRAFT_HOST_DEVICE Scalar operator()(const Scalar* scores, const float* /*targets*/,
                                                      std::size_t size, Scalar* gradients) const {
        const Scalar share = size > 1 ? Scalar(1) / static_cast<Scalar>(size - 1) : Scalar(0);
        Scalar sum = 0;
        gradients[0] = 0;
        for (std::size_t j = 1; j < size; ++j) {
            const detail::softplus<Scalar> behind(scores[j] - scores[0]);
            sum += behind.value;
            gradients[j] = share * behind.derivative;
            gradients[0] -= gradients[j];
        }
        return share * sum;
    }
};

} // namespace graft::inline v0_1
