#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

#include <Eigen/Core>

#include <graft/backend/cpu/prefetch.hpp>
#include <graft/backend/cpu/rows.hpp>
#include <graft/backend/cpu/training_table.hpp>
#include <graft/backend/detail/row_rules.hpp>
#include <graft/core/host_device.hpp>

namespace graft::inline v0_1::detail {

/// What one place of a batch adds to the gradient of a row: `factor` times the row of the other side, and
/// `factor` for the bias.
template <class Scalar>
struct row_gradient {
    Scalar factor;
    const Scalar* other;
};

/// Brings rows up to date and moves them, one at a time. Each thread of a cpu_engine has one. `timeline`
/// holds the steps so far.
template <class Scalar, int Dim, class Scorer, class Optimizer>
class row_stepper {
public:
    using table = training_table<Scalar>;
    using fetch = prefetch<Scalar, Optimizer>;
    using catch_up_type = typename Optimizer::template timeline<Scalar>::catch_up;
    using gradient_type = row_gradient<Scalar>;

    row_stepper(const Optimizer& o, std::size_t row_width) : timeline(o), width_(row_width) {}

    /// Weights of a row. A constant for the compiler if Dim is one.
    [[nodiscard]] std::size_t width() const noexcept {
        if constexpr (Dim != Eigen::Dynamic)
            return static_cast<std::size_t>(Dim) + (Scorer::has_biases ? 1 : 0);
        else
            return width_;
    }
    [[nodiscard]] std::size_t dim() const noexcept { return width() - (Scorer::has_biases ? 1 : 0); }

    /// The catch-up coefficients that bring a row of a table to the end of the last closed step. The result
    /// lives in the timeline or in `workspace`.
    [[nodiscard]] GRAFT_ALWAYS_INLINE const catch_up_type&
    coefficients_of(const table& t, std::size_t row, double factor, catch_up_type& workspace) {
        const catch_up_type& found =
            timeline.catch_up_since(Optimizer::lazy && factor != 0 ? t.last[row] : 0, workspace);
        if (factor == 1) return found;
        workspace = found.scaled(factor);
        return workspace;
    }

    /// Writes the weights of a row as of the last closed step to `to`, which may be the row itself. next: a
    /// later row or nullptr, of which lines [0, To) of each share are prefetched.
    template <std::size_t To>
    GRAFT_ALWAYS_INLINE void catch_up(const table& t, std::size_t r, double factor,
                                      const catch_up_type& coefficients, Scalar* to,
                                      const Scalar* next) const {
        const Scalar* row = t.rows.row(r);
        if (is_current(t, r, factor, coefficients)) {
            fetch::template whole_row<0, To>(t, next, width());
            if (to != row) std::copy_n(row, width(), to);
            return;
        }
        if constexpr (Optimizer::lazy) {
            if (coefficients.e_min > 0 && catch_up_by_steps(t, r, factor, coefficients, to)) {
                fetch::template whole_row<0, To>(t, next, width());
                return;
            }
            const std::size_t pitch = t.rows.pitch();
            // Captures the coefficients by value: behind a reference the compiler would reload them after
            // every store.
            const auto chunk_at = [=](auto piece, std::size_t at) GRAFT_INLINE_LAMBDA {
                using chunk = chunk_of<Scalar, piece()>;
                if constexpr (piece() > 1) fetch::template next_share<0, To>(next, at);
                store<chunk>(Optimizer::arithmetic::template catch_up<chunk>(row + at, pitch, coefficients),
                             to + at);
            };
            for_each_chunk<Scalar>(width(), chunk_at);
            if constexpr (To == fetch::share) fetch::end_of(t, next);
        }
    }

    /// Moves a row by the sum of its gradients, added up in their order, and by the penalty. weights: those
    /// as of the last closed step. next: a later row or nullptr, of which lines From and on of each share are
    /// prefetched. Bias: whether the row's bias has a gradient.
    template <std::size_t From, bool Bias = true>
    void move(table& t, std::size_t r, double factor, const catch_up_type& coefficients,
              const Scalar* weights, std::span<const gradient_type> gradients, std::size_t batch,
              const Scalar* next) const {
        Scalar* row = t.rows.row(r);
        const auto c = factor == 1 ? timeline.update() : timeline.update().scaled(factor);
        const Scalar l2 = t.rules.l2_of(r);
        const auto gradient = [gradients](auto piece, std::size_t at) GRAFT_INLINE_LAMBDA {
            using chunk = chunk_of<Scalar, piece()>;
            const auto add = [at](const gradient_type& g, const chunk& sum) GRAFT_INLINE_LAMBDA {
                return multiply_add(constant<chunk>(g.factor), load<chunk>(g.other + at), sum);
            };
            chunk sum = add(gradients[0], constant<chunk>(Scalar(0))); // most rows have no other
            for (std::size_t k = 1; k < gradients.size(); ++k) sum = add(gradients[k], sum);
            return sum;
        };
        const auto apply = [&](const auto penalised) GRAFT_INLINE_LAMBDA {
            const auto step = [=, pitch = t.rows.pitch()](auto piece, std::size_t at, const auto g)
                                  GRAFT_INLINE_LAMBDA {
                                      using chunk = chunk_of<Scalar, piece()>;
                                      if constexpr (piece() > 1) {
                                          fetch::template next_share<From>(next, at);
                                      }
                                      const auto w = load<chunk>(weights + at);
                                      Optimizer::arithmetic::template update<chunk>(
                                          row + at, pitch, w, penalised(w, chunk(g), at), coefficients, c);
                                  };
            for_each_chunk<Scalar>(dim(), [=](auto piece, std::size_t at)
                                              GRAFT_INLINE_LAMBDA { step(piece, at, gradient(piece, at)); });
            if constexpr (Scorer::has_biases) {
                Scalar sum = 0;
                if constexpr (Bias)
                    for (const gradient_type& g : gradients) sum += g.factor;
                step(std::integral_constant<int, 1>{}, dim(), sum);
            }
        };
        const auto penalty = [&] { return row_penalty(l2, gradients.size(), batch); };
        if (l2 == 0)
            apply([](const auto&, const auto& g, std::size_t) GRAFT_INLINE_LAMBDA { return g; });
        else if (t.rules.anchor == nullptr)
            apply([penalty = penalty()]<class Chunk>(const Chunk& w, const Chunk& g, std::size_t)
                      GRAFT_INLINE_LAMBDA -> Chunk { return g + penalty * w; });
        else
            apply([penalty = penalty(),
                   anchor = t.rules.anchor_of(r)]<class Chunk>(const Chunk& w, const Chunk& g, std::size_t at)
                      GRAFT_INLINE_LAMBDA -> Chunk { return g + penalty * (w - load<Chunk>(anchor + at)); });
        fetch::end_of(t, next);
        if constexpr (Optimizer::lazy) t.last[r] = timeline.steps() + 1;
    }

    /// Brings the moments of a row up to date, and its weights if `weights_too`.
    void settle(table& t, std::size_t r, bool weights_too) {
        const double factor = t.rules.factor(r);
        if (factor == 0 && t.last[r] != 0) t.last[r] = timeline.steps(); // a frozen row does not sleep
        catch_up_type workspace;
        const catch_up_type& coefficients = coefficients_of(t, r, factor, workspace);
        if (is_current(t, r, factor, coefficients)) return;
        Scalar* row = t.rows.row(r);
        const std::size_t pitch = t.rows.pitch();
        if (weights_too) catch_up<0>(t, r, factor, coefficients, row, nullptr);
        for_each_chunk<Scalar>(width(), [=](auto piece, std::size_t at) GRAFT_INLINE_LAMBDA {
            using chunk = chunk_of<Scalar, piece()>;
            Optimizer::arithmetic::template settle<chunk>(row + at, pitch, coefficients);
        });
        t.last[r] = timeline.steps();
    }

    typename Optimizer::template timeline<Scalar> timeline;

private:
    [[nodiscard]] bool is_current(const table& t, std::size_t r, double factor,
                                  const catch_up_type& coefficients) const {
        if constexpr (Optimizer::lazy)
            return is_row_current(factor == 0 ? 0 : t.last[r], timeline.steps(), factor, coefficients.keep);
        else
            return true;
    }

    /// catch_up for a row in which some weights must take the steps of their sleep one by one. Returns false,
    /// and does nothing, if there are none.
    bool catch_up_by_steps(const table& t, std::size_t r, double factor, const catch_up_type& coefficients,
                           Scalar* to) const {
        using arithmetic = typename Optimizer::arithmetic;
        const Scalar* row = t.rows.row(r);
        const std::size_t pitch = t.rows.pitch();
        if (!arithmetic::needs_steps(Scalar(1), least(row + 2 * pitch, width()), coefficients)) return false;
        for (std::size_t i = 0; i < width(); ++i) {
            const Scalar m = row[pitch + i];
            const Scalar root = row[2 * pitch + i];
            to[i] = arithmetic::needs_steps(m, root, coefficients)
                        ? timeline.sleep_step_by_step(row[i], m, root, t.last[r], factor)
                        : arithmetic::template catch_up<Scalar>(row + i, pitch, coefficients);
        }
        return true;
    }

    std::size_t width_;
};

} // namespace graft::inline v0_1::detail
