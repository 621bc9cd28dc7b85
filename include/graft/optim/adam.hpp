#pragma once

#include <graft/optim/detail/adam_options.hpp>
#include <graft/optim/detail/dense_adam.hpp>

namespace graft::inline v0_1 {

/// Adam (Kingma & Ba, 1412.6980) with exactly the trajectory of torch.optim.Adam on dense gradients:
///     m <- b1 m + (1-b1) g,  v <- b2 v + (1-b2) g^2,  w <- w - lr m / (1-b1^t) / (sqrt(v / (1-b2^t)) + eps)
/// for every row at every step, also for rows outside of the batch (g = 0). The moves of those are computed
/// when a row is next read (optim/detail/adam_timeline.hpp), so that a step costs only the rows of its batch.
struct adam {
    double lr = 1e-3;
    double beta1 = 0.9;
    double beta2 = 0.999;
    double eps = 1e-8;

    static constexpr const char* name = "adam";
    static constexpr int moments = 2;
    static constexpr bool lazy = true;
    static constexpr bool decays = false;
    using arithmetic = detail::dense_adam<false>;

    /// Calls f(name, value) for each setting.
    template <class F>
    void each_setting(F&& f) const {
        f("lr", lr);
        f("beta1", beta1);
        f("beta2", beta2);
        f("eps", eps);
    }

    /// Throws argument_error unless lr >= 0, 0 <= beta < 1 and eps > 0, as far as numbers of Scalar go.
    template <class Scalar>
    void check() const {
        detail::check_adam<Scalar>("adam", *this);
    }

    template <class Scalar>
    struct timeline : detail::adam_timeline<Scalar> {
        explicit timeline(const adam& o) : detail::adam_timeline<Scalar>(o.beta1, o.beta2, o.eps, 0.0) {}
    };
};

} // namespace graft::inline v0_1
