#pragma once

#include <graft/core/error.hpp>
#include <graft/optim/detail/adam_options.hpp>
#include <graft/optim/detail/dense_adam.hpp>

namespace graft::inline v0_1 {

/// Adam with decoupled weight decay (Loshchilov & Hutter, 1711.05101), as torch.optim.AdamW on dense
/// gradients: at every step every row shrinks by 1 - lr weight_decay, then moves as with `adam`.
struct adamw {
    double lr = 1e-3;
    double beta1 = 0.9;
    double beta2 = 0.999;
    double eps = 1e-8;
    double weight_decay = 1e-2;

    static constexpr const char* name = "adamw";
    static constexpr int moments = 2;
    static constexpr bool lazy = true;
    static constexpr bool decays = true;
    using arithmetic = detail::dense_adam<true>;

    /// Calls f(name, value) for each setting.
    template <class F>
    void each_setting(F&& f) const {
        f("lr", lr);
        f("beta1", beta1);
        f("beta2", beta2);
        f("eps", eps);
        f("weight_decay", weight_decay);
    }

    /// Throws argument_error unless lr >= 0, 0 <= beta < 1, eps > 0 and 0 <= lr weight_decay < 1, as far as
    /// numbers of Scalar go.
    template <class Scalar>
    void check() const {
        detail::check_adam<Scalar>("adamw", *this);
        if (!(weight_decay >= 0 && lr * weight_decay < 1))
            throw argument_error("adamw: weight_decay must be >= 0 and lr * weight_decay below 1");
    }

    /// The weight decay. A step takes lr times this share of each weight.
    [[nodiscard]] double decay() const noexcept { return weight_decay; }

    template <class Scalar>
    struct timeline : detail::adam_timeline<Scalar> {
        explicit timeline(const adamw& o)
            : detail::adam_timeline<Scalar>(o.beta1, o.beta2, o.eps, o.weight_decay) {}
    };
};

} // namespace graft::inline v0_1
