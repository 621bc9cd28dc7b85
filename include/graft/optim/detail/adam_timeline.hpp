#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>
#include <vector>

#include <Eigen/Core>

#include <graft/core/chunk.hpp>
#include <graft/core/host_device.hpp>
#include <graft/optim/detail/adam_history.hpp>

namespace graft::inline v0_1::detail {

template <class Scalar>
struct adam_update {
    Scalar keep = 1;             // 1 - lr weight_decay
    Scalar grad1 = 1, grad2 = 1; // 1 - beta1 and 1 - beta2
    Scalar rate = 0;             // lr sqrt(1 - beta2^t) / (1 - beta1^t)
    Scalar eps = 0;              // eps sqrt(1 - beta2^t)

    [[nodiscard]] GRAFT_HOST_DEVICE adam_update scaled(double factor) const {
        auto c = *this;
        c.rate *= static_cast<Scalar>(factor);
        return c;
    }
};

/// The steps of dense Adam (weight_decay 0) or AdamW so far, and the catch-up coefficients of rows that
/// sleep.
///
/// At every step j, dense Adam moves a row that sleeps from step s to step T by
///     lr_j b1^(j-s) m / (1-b1^j) / ( sqrt(v) / b_j + eps ),   b_j = b2^(-(j-s)/2) sqrt(1-b2^j).
/// These moves add up to m S1 times the mean of 1 / (sqrt(v) + eps b_j). S1 is the sum of the weights
///     lr_j (b1/sqrt(b2))^(j-s) sqrt(1-b2^j) / (1-b1^j),
/// and the mean is taken with these weights. Let b be the mean of the b_j, and nu_k their k-th central moment
/// divided by b^k. There are two values, with weights of their own, that have the same moments as the b_j up
/// to the third (Gauss's quadrature). With them instead of the b_j, and with E = sqrt(v) + eps b and F = E +
/// eps b nu3 / nu2, the moves add up to
///     m S1 F / (E F - (eps b)^2 nu2).
/// The coefficients are the same for all elements of a row. The sum is too large or too small by a share of
///     (eps b / E)^4 (nu4 - nu3^2 / nu2 - nu2^2).
///
/// Memory: a few thousand values, and a few more for every step at which the sums have not yet converged.
template <class Scalar>
class adam_timeline {
public:
    using catch_up = adam_catch_up<Scalar>;

    adam_timeline(double beta1, double beta2, double eps, double weight_decay)
        : beta1_(beta1), beta2_(beta2), log_beta1_(std::log(beta1)), log_beta2_(std::log(beta2)), eps_(eps),
          weight_decay_(weight_decay) {
        const double ratio = beta1 / std::sqrt(beta2); // by which a sleeping row's move shrinks per step
        const double steps_to_rest = ratio == 0  ? 1
                                     : ratio < 1 ? std::ceil(std::log(tail) / std::log(ratio))
                                                 : 1e9;
        comes_to_rest_ = steps_to_rest < 8192;
        closed_form_ = comes_to_rest_ && beta1 < 0.99 * std::pow(beta2, 0.5 * orders);
        window_ = comes_to_rest_ ? static_cast<std::uint32_t>(steps_to_rest) : 0;

        const std::size_t gaps = (window_ + lanes - 1) / lanes * lanes + 1; // 0 .. window and the last chunk
        for (int k = 0; k < orders; ++k) {
            sums_[at(k)].assign(gaps, 0.0);
            powers_[at(k)].resize(gaps);
            for (std::size_t n = 0; n < gaps; ++n)
                powers_[at(k)][n] = std::pow(beta1 * std::pow(beta2, -0.5 * (k + 1)), static_cast<double>(n));
        }
        keep_.assign(gaps, 1.0);
        as_of_.assign(gaps, 0);
        kept_.reserve(most_kept); // so that no thread of a run allocates
        windowed_.resize(gaps);
        for (std::size_t n = 0; n < gaps; ++n) {
            windowed_[n].set_eps(static_cast<Scalar>(eps_));
            if (n == 0) continue;
            if (!closed_form_) windowed_[n].e_min = infinity<Scalar>;
            windowed_[n].m_keep = faded<Scalar>(log_beta1_, static_cast<double>(n));
            windowed_[n].root_keep = std::sqrt(faded<Scalar>(log_beta2_, static_cast<double>(n)));
        }
    }

    /// Opens step steps() + 1.
    void begin(double lr) {
        lr_ = lr;
        const double t = steps_ + 1.0;
        bias1_ = 1 - std::pow(beta1_, t);
        root2_ = std::sqrt(1 - std::pow(beta2_, t));
        update_ = {static_cast<Scalar>(1 - lr * weight_decay_), static_cast<Scalar>(1 - beta1_),
                   static_cast<Scalar>(1 - beta2_), static_cast<Scalar>(lr * root2_ / bias1_),
                   static_cast<Scalar>(eps_ * root2_)};
    }

    /// Closes the step that `begin` opened. O(window), about 150 values for the usual betas.
    void commit() {
        if (closed_form_ && steps_ > window_) remember(steps_ - window_, windowed(window_));
        ++steps_;
        if (phases_.empty() || phases_.back().lr != lr_)
            phases_.push_back({steps_, lr_, history().log_keep(steps_ - 1)});
        if (weight_decay_ != 0)
            for (std::size_t n = keep_.size(); --n > 0;) keep_[n] = (1 - lr_ * weight_decay_) * keep_[n - 1];
        if (closed_form_) advance();
    }

    [[nodiscard]] std::uint32_t steps() const noexcept { return steps_; }
    [[nodiscard]] const adam_update<Scalar>& update() const noexcept { return update_; }

    /// The coefficients that bring a row from the end of step `last` to that of step steps(). last = 0: no
    /// step has touched the row, and its moments are 0. The result lives in the timeline until the next step,
    /// or in `workspace`. Not const: coefficients are computed when they are asked for, since few are after
    /// each step.
    [[nodiscard]] GRAFT_ALWAYS_INLINE const catch_up& catch_up_since(std::uint32_t last,
                                                                     catch_up& workspace) {
        const std::uint32_t gap = steps_ - last;
        if (last != 0 && gap <= window_ && as_of_[gap] == steps_) return windowed_[gap];
        return find_catch_up(last, workspace);
    }

    /// The longest sleep, in steps, whose coefficients are in a table. The history has those of longer ones.
    [[nodiscard]] std::uint32_t window() const noexcept { return window_; }
    [[nodiscard]] adam_history<Scalar> history() const noexcept {
        return {phases_.data(),
                static_cast<std::uint32_t>(phases_.size()),
                memories_.data(),
                static_cast<std::uint32_t>(memories_.size()),
                beta1_,
                beta2_,
                log_beta1_,
                log_beta2_,
                eps_,
                weight_decay_,
                window_,
                comes_to_rest_,
                closed_form_};
    }

    /// One weight, brought up to date from the end of step `last` one step after the other, with learning
    /// rates times `factor`. root: sqrt(v).
    [[nodiscard]] Scalar sleep_step_by_step(Scalar weight, Scalar m, Scalar root, std::uint32_t last,
                                            double factor) const {
        return history().step_by_step(weight, m, root, last, steps_, factor);
    }

private:
    static constexpr std::size_t lanes = full_chunk<double>;
    using chunk = Eigen::Array<double, full_chunk<double>, 1>;
    static constexpr std::size_t most_kept = 4096;
    static constexpr int orders = 5; // sums weighted by b_j^0 .. b_j^4
    static constexpr double tail =
        std::is_same_v<Scalar, float> ? 1e-7 : 1e-15; // of the move, past the window
    static constexpr double tolerance =               // of the quadrature
        std::is_same_v<Scalar, float> ? 1e-6 : 1e-12;

    static constexpr std::size_t at(int k) { return static_cast<std::size_t>(k); }

    /// Brings the raw sums to the next step. Each comes from that of a gap one shorter, so the chunks go from
    /// the longest gap to the shortest.
    void advance() {
        const double decay = 1 - lr_ * weight_decay_;
        double weight = lr_ / bias1_;
        for (int k = 0; k < orders; ++k) {
            weight *= root2_;
            double* const sums = sums_[at(k)].data();
            const double* const powers = powers_[at(k)].data();
            for (std::size_t end = windowed_.size(); end > 1; end -= lanes) {
                const std::size_t gap = end - lanes;
                store<chunk>(decay * load<chunk>(sums + gap - 1) + weight * load<chunk>(powers + gap),
                             sums + gap);
            }
        }
    }

    [[nodiscard]] const catch_up& find_catch_up(std::uint32_t last, catch_up& workspace) {
        const std::uint32_t gap = steps_ - last;
        if (last == 0) {
            workspace = {};
            workspace.set_eps(static_cast<Scalar>(eps_));
            workspace.keep = static_cast<Scalar>(history().keep_between(0, steps_));
            return workspace;
        }
        if (gap <= window_) return windowed(gap);
        workspace = history().long_sleep_of_weights(last, steps_);
        const auto kept = kept_after(gap);
        workspace.m_keep = kept[0];
        workspace.root_keep = kept[1];
        return workspace;
    }

    /// What is left of the moments after `gap` steps. Powers take longer than a row, so those of usual gaps
    /// are stored.
    [[nodiscard]] std::array<Scalar, 2> kept_after(std::uint32_t gap) {
        const auto powers = [this](double n) {
            return std::array{faded<Scalar>(log_beta1_, n), std::sqrt(faded<Scalar>(log_beta2_, n))};
        };
        if (gap >= most_kept) return powers(gap);
        while (kept_.size() <= gap) kept_.push_back(powers(static_cast<double>(kept_.size())));
        return kept_[gap];
    }

    /// The coefficients of rows that have slept for `gap` steps.
    [[nodiscard]] const catch_up& windowed(std::size_t gap) {
        catch_up& now = windowed_[gap];
        if (gap == 0 || as_of_[gap] == steps_) return now;
        now.keep = static_cast<Scalar>(keep_[gap]);
        as_of_[gap] = steps_;
        if (closed_form_) compute(gap, now);
        return now;
    }

    /// Computes the coefficients of a gap from the raw sums.
    void compute(std::size_t gap, catch_up& now) const {
        std::array<double, orders> s;
        for (std::size_t k = 0; k < s.size(); ++k) s[k] = sums_[k][gap];
        const double product = s[0] * s[1];
        const bool moves = product > 1e-200; // if all rates were almost 0, so is the move, whatever b is
        const double inverse = moves ? 1 / product : 0;
        const double per_s0 = s[1] * inverse;
        const double per_b = s[0] * s[0] * inverse;
        const double per_b2 = per_b * per_b;
        const double r2 = s[2] * per_s0 * per_b2;
        const double r3 = s[3] * per_s0 * (per_b2 * per_b);
        const double r4 = s[4] * per_s0 * (per_b2 * per_b2);
        const double eps_b = eps_ * (moves ? s[1] * per_s0 : 1);
        now.s1 = static_cast<Scalar>(s[0]);
        now.e_min = 0;
        now.set_eps(static_cast<Scalar>(eps_b));
        const double nu2 = r2 - 1;
        if (!(moves && nu2 > 1e-13)) return; // anything less is the rounding of r2
        const double skew = (r3 - 3 * r2 + 2) / nu2;
        const double error = (r4 - 4 * r3 + 6 * r2 - 3) - skew * skew * nu2 - nu2 * nu2;
        if (now.e != static_cast<Scalar>(eps_b)) return; // too small to be squared
        if (error > tolerance)
            now.e_min = static_cast<Scalar>(eps_b * std::sqrt(std::sqrt(error / tolerance)));
        now.f = static_cast<Scalar>(eps_b * (1 + skew));
        now.c = static_cast<Scalar>(eps_b * eps_b * nu2);
    }

    /// Stores the coefficients of rows that sleep since `step`, which leaves the window now. From here on
    /// only their weight decay changes.
    void remember(std::uint32_t step, const catch_up& now) {
        const auto alike = [](Scalar a, Scalar b) {
            return std::abs(a - b) <= 4 * std::numeric_limits<Scalar>::epsilon() * std::abs(b);
        };
        if (!memories_.empty() && alike(now.s1, memories_.back().coefficients.s1) &&
            alike(now.e, memories_.back().coefficients.e) && alike(now.f, memories_.back().coefficients.f))
            return;
        memories_.push_back({step, now});
    }

    double beta1_, beta2_, log_beta1_, log_beta2_, eps_, weight_decay_;
    bool comes_to_rest_ = true; // a sleeping row's moves die out within the window
    bool closed_form_ = true;   // and so do the terms of all sums
    std::uint32_t window_ = 0;
    std::uint32_t steps_ = 0;
    double lr_ = 0;
    double bias1_ = 1; // 1 - beta1^t of the open step
    double root2_ = 1; // sqrt(1 - beta2^t)
    adam_update<Scalar> update_;
    // By steps asleep, 0 .. window:
    std::array<std::vector<double>, orders> sums_;
    std::array<std::vector<double>, orders> powers_; // (b1 b2^(-(order+1)/2))^n
    std::vector<double> keep_;
    std::vector<catch_up> windowed_;
    std::vector<std::array<Scalar, 2>> kept_; // by steps asleep, as far as asked for
    std::vector<std::uint32_t> as_of_;        // the step after which windowed_[gap] was computed
    std::vector<adam_memory<Scalar>> memories_;
    std::vector<adam_phase> phases_;
};

} // namespace graft::inline v0_1::detail
