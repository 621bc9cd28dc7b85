#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <tuple>
#include <type_traits>

#include <graft/core/host_device.hpp>

namespace graft::inline v0_1::detail {

// Constants instead of calls: device code may use them without nvcc's --expt-relaxed-constexpr.
template <class Scalar>
inline constexpr Scalar infinity = std::numeric_limits<Scalar>::infinity();
template <class Scalar>
inline constexpr double least_kept = 1e8 * static_cast<double>((std::numeric_limits<Scalar>::min)());
template <class Scalar> // its square is a normal number
inline constexpr Scalar least_eps = static_cast<Scalar>(std::is_same_v<Scalar, float> ? 1e-18 : 1e-153);
template <class Scalar>
inline constexpr Scalar above_least_eps = least_eps<Scalar> / std::numeric_limits<Scalar>::epsilon();

/// Catch-up coefficients: they bring a row that no batch met from step s to step T up to date:
///     w <- keep w - s1 m F / (E F - c),  E = sqrt(v) + e,  F = sqrt(v) + f,
///     m <- m_keep m,  sqrt(v) <- root_keep sqrt(v).
/// In the terms of adam_timeline, which derives them:
///     e = eps b,  f = eps b (1 + nu3 / nu2),  c = (eps b)^2 nu2.
template <class Scalar>
struct adam_catch_up {
    Scalar keep = 1;      // decoupled weight decay over the steps asleep
    Scalar s1 = 0;        // S1: the sum of the steps' weights
    Scalar e = 0;         // eps times the mean of b_j
    Scalar f = 0;         // the same, moved by the skewness of the b_j
    Scalar c = 0;         // eps^2 times the variance of the b_j
    Scalar e_min = 0;     // where E is below this, the steps are taken one by one
    Scalar m_keep = 1;    // b1^(T-s)
    Scalar root_keep = 1; // b2^((T-s)/2)

    /// Sets the coefficients for b_j that are all the same: f = e, c = 0. If eps b is too small to be
    /// squared, weights with small v take their steps one by one.
    GRAFT_HOST_DEVICE void set_eps(Scalar eps_b) {
        e = eps_b;
        f = eps_b;
        c = 0;
        if (eps_b >= least_eps<Scalar>) return;
        e = least_eps<Scalar>;
        f = least_eps<Scalar>;
        e_min = above_least_eps<Scalar>;
    }

    /// For a row whose learning rate is `factor` times that of the timeline.
    [[nodiscard]] GRAFT_HOST_DEVICE adam_catch_up scaled(double factor) const {
        auto d = *this;
        d.s1 *= static_cast<Scalar>(factor);
        return d;
    }
};

/// beta^slept, slept > 0, from log(beta). 0 where it is so small that products with it would be denormal
/// numbers, which are slow.
template <class Scalar>
[[nodiscard]] GRAFT_HOST_DEVICE inline Scalar faded(double log_beta, double slept) {
    const double kept = std::exp(slept * log_beta);
    return kept < least_kept<Scalar> ? Scalar(0) : static_cast<Scalar>(kept);
}

/// Steps from `first` on that share a learning rate.
struct adam_phase {
    std::uint32_t first;
    double lr;
    double log_keep_before; // adam_history::log_keep of the step before `first`
};

/// The coefficients of sleeps that are longer than the window, for rows last touched at step `first` or
/// later, up to the `first` of the next memory.
template <class Scalar>
struct adam_memory {
    std::uint32_t first;
    adam_catch_up<Scalar> coefficients;
};

/// The part of a timeline that is needed for rows that slept longer than its window, and for weights that
/// must take the steps of their sleep one by one. Plain pointers into the timeline, for the CPU and a GPU
/// alike.
template <class Scalar>
struct adam_history {
    const adam_phase* phases;
    std::uint32_t num_phases;
    const adam_memory<Scalar>* memories;
    std::uint32_t num_memories;
    double beta1, beta2, log_beta1, log_beta2, eps, weight_decay;
    std::uint32_t window;
    bool comes_to_rest; // a sleeping row's moves die out within the window
    bool closed_form;   // and so do the terms of all sums

    /// The arrays that it points to, and the same history with those arrays, in this order, elsewhere. By
    /// these it is sent to a device.
    [[nodiscard]] std::tuple<std::span<const adam_phase>, std::span<const adam_memory<Scalar>>>
    arrays() const {
        return {{phases, num_phases}, {memories, num_memories}};
    }
    [[nodiscard]] adam_history with_arrays(const adam_phase* phases_there,
                                           const adam_memory<Scalar>* memories_there) const {
        auto there = *this;
        there.phases = phases_there;
        there.memories = memories_there;
        return there;
    }

    /// Logarithm of the product of 1 - lr_j weight_decay over steps 1 .. step.
    [[nodiscard]] GRAFT_HOST_DEVICE double log_keep(std::uint32_t step) const {
        if (step == 0 || weight_decay == 0) return 0.0;
        const adam_phase& p = latest(phases, num_phases, step);
        return p.log_keep_before + (step - p.first + 1.0) * std::log1p(-p.lr * weight_decay);
    }
    [[nodiscard]] GRAFT_HOST_DEVICE double keep_between(std::uint32_t from, std::uint32_t to) const {
        return weight_decay == 0 ? 1.0 : std::exp(log_keep(to) - log_keep(from));
    }

    /// The coefficients from the end of step `last` > 0 to that of step `now`, which is more than `window`
    /// later.
    [[nodiscard]] GRAFT_HOST_DEVICE adam_catch_up<Scalar> long_sleep(std::uint32_t last,
                                                                     std::uint32_t now) const {
        auto coefficients = long_sleep_of_weights(last, now);
        coefficients.m_keep = faded<Scalar>(log_beta1, now - last);
        coefficients.root_keep = std::sqrt(faded<Scalar>(log_beta2, now - last));
        return coefficients;
    }
    /// The same without m_keep and root_keep.
    [[nodiscard]] GRAFT_HOST_DEVICE adam_catch_up<Scalar> long_sleep_of_weights(std::uint32_t last,
                                                                                std::uint32_t now) const {
        adam_catch_up<Scalar> coefficients;
        if (closed_form)
            coefficients = latest(memories, num_memories, last).coefficients;
        else
            coefficients.set_eps(static_cast<Scalar>(eps));
        coefficients.s1 *= static_cast<Scalar>(keep_between(last + window, now));
        coefficients.keep = static_cast<Scalar>(keep_between(last, now));
        if (!closed_form) coefficients.e_min = infinity<Scalar>;
        return coefficients;
    }

    /// One weight, brought from the end of step `last` to that of step `now`, one step after the other, with
    /// learning rates times `factor`. root: sqrt(v).
    [[nodiscard]] GRAFT_HOST_DEVICE Scalar step_by_step(Scalar weight, Scalar m, Scalar root,
                                                        std::uint32_t last, std::uint32_t now,
                                                        double factor) const {
        const std::uint32_t gap = now - last;
        const std::uint32_t taken = comes_to_rest && gap > window ? window : gap;
        double w = weight;
        double m_now = m;
        double v_now = static_cast<double>(root) * static_cast<double>(root);
        double beta1_power = std::exp(last * log_beta1);
        double beta2_power = std::exp(last * log_beta2);
        for (std::uint32_t step = last + 1; step <= last + taken; ++step) {
            m_now *= beta1;
            v_now *= beta2;
            beta1_power *= beta1;
            beta2_power *= beta2;
            const double lr = latest(phases, num_phases, step).lr;
            w = (1 - lr * weight_decay) * w -
                factor * lr * m_now / (1 - beta1_power) / (std::sqrt(v_now / (1 - beta2_power)) + eps);
        }
        return static_cast<Scalar>(w * keep_between(last + taken, now));
    }

private:
    /// The last of `all` that begins at `step` or before; the first of all does.
    template <class Piece>
    [[nodiscard]] GRAFT_HOST_DEVICE static const Piece& latest(const Piece* all, std::uint32_t count,
                                                               std::uint32_t step) {
#if !defined(__CUDA_ARCH__) // it would take too many registers of a GPU
        // First a guess: while the sums converge there is one for each step, and later the last one holds.
        const std::uint32_t steps_in = step - all[0].first;
        const std::uint32_t guess = steps_in < count ? steps_in : count - 1;
        if (all[guess].first <= step && (guess + 1 == count || all[guess + 1].first > step))
            return all[guess];
#endif
        std::uint32_t at = 0;
        while (count > 1) {
            const std::uint32_t half = count / 2;
            if (all[at + half].first <= step) at += half;
            count -= half;
        }
        return all[at];
    }
};

} // namespace graft::inline v0_1::detail
