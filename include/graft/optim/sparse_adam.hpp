#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>

#include <graft/core/chunk.hpp>
#include <graft/core/host_device.hpp>
#include <graft/optim/detail/adam_options.hpp>
#include <graft/optim/detail/toward.hpp>
#include <graft/optim/optimizer.hpp>

namespace graft::inline v0_1 {

/// Adam that moves only the rows of the batch, as torch.optim.SparseAdam: moments decay only when their row
/// is touched, the bias correction counts all steps, and eps is added to the uncorrected sqrt(v). Cheaper
/// than `adam`, since no row has to catch up, but with another trajectory.
struct sparse_adam {
    double lr = 1e-3;
    double beta1 = 0.9;
    double beta2 = 0.999;
    double eps = 1e-8;

    static constexpr const char* name = "sparse_adam";
    static constexpr int moments = 2;
    static constexpr bool lazy = false;
    static constexpr bool decays = false;

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
        detail::check_adam<Scalar>("sparse_adam", *this);
    }

    template <class Scalar>
    struct coefficients {
        Scalar grad1, grad2; // 1 - beta1 and 1 - beta2
        Scalar rate;         // lr sqrt(1 - beta2^t) / (1 - beta1^t)
        Scalar eps;
        [[nodiscard]] GRAFT_HOST_DEVICE coefficients scaled(double factor) const {
            auto c = *this;
            c.rate *= static_cast<Scalar>(factor);
            return c;
        }
    };

    template <class Scalar>
    class timeline {
    public:
        using catch_up = no_catch_up;

        explicit timeline(const sparse_adam& o) : beta1_(o.beta1), beta2_(o.beta2), eps_(o.eps) {}
        void begin(double lr_now) {
            const double t = steps_ + 1.0;
            update_ = {
                static_cast<Scalar>(1 - beta1_), static_cast<Scalar>(1 - beta2_),
                static_cast<Scalar>(lr_now * std::sqrt(1 - std::pow(beta2_, t)) / (1 - std::pow(beta1_, t))),
                static_cast<Scalar>(eps_)};
        }
        void commit() { ++steps_; }
        [[nodiscard]] std::uint32_t steps() const noexcept { return steps_; }
        [[nodiscard]] const catch_up& catch_up_since(std::uint32_t, catch_up& none) const noexcept {
            return none;
        }
        [[nodiscard]] const coefficients<Scalar>& update() const noexcept { return update_; }

    private:
        double beta1_, beta2_, eps_;
        coefficients<Scalar> update_{};
        std::uint32_t steps_ = 0;
    };

    struct arithmetic {
        GRAFT_ALSO_HOST_ONLY
        template <class Chunk, class Scalar>
        GRAFT_ALWAYS_INLINE GRAFT_HOST_DEVICE static void update(Scalar* row, std::size_t pitch,
                                                                 const Chunk& w, const Chunk& g, no_catch_up,
                                                                 const coefficients<Scalar>& c) {
            const auto m = detail::toward<Chunk>(load<Chunk>(row + pitch), g, c.grad1);
            const auto v = detail::toward<Chunk>(load<Chunk>(row + 2 * pitch), g * g, c.grad2);
            store<Chunk>(w - quotient<Chunk>(c.rate * m, root<Chunk>(v) + c.eps), row);
            store(m, row + pitch);
            store(v, row + 2 * pitch);
        }
    };
};

} // namespace graft::inline v0_1
