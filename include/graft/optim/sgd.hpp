#pragma once

#include <cstddef>
#include <cstdint>

#include <graft/core/chunk.hpp>
#include <graft/core/host_device.hpp>
#include <graft/optim/detail/adam_options.hpp>
#include <graft/optim/optimizer.hpp>

namespace graft::inline v0_1 {

/// Plain stochastic gradient descent, w <- w - lr g, as torch.optim.SGD without momentum.
struct sgd {
    double lr = 1e-2;

    static constexpr const char* name = "sgd";
    static constexpr int moments = 0;
    static constexpr bool lazy = false;
    static constexpr bool decays = false;

    /// Calls f(name, value) for each setting.
    template <class F>
    void each_setting(F&& f) const {
        f("lr", lr);
    }

    /// Throws argument_error unless lr >= 0, as far as numbers of Scalar go.
    template <class Scalar>
    void check() const {
        detail::check_lr<Scalar>("sgd", lr);
    }

    template <class Scalar>
    struct coefficients {
        Scalar lr = 0;
        [[nodiscard]] GRAFT_HOST_DEVICE coefficients scaled(double factor) const {
            return {lr * static_cast<Scalar>(factor)};
        }
    };

    template <class Scalar>
    class timeline {
    public:
        using catch_up = no_catch_up;

        explicit timeline(const sgd&) {}
        void begin(double lr_now) { update_.lr = static_cast<Scalar>(lr_now); }
        void commit() { ++steps_; }
        [[nodiscard]] std::uint32_t steps() const noexcept { return steps_; }
        [[nodiscard]] const catch_up& catch_up_since(std::uint32_t, catch_up& none) const noexcept {
            return none;
        }
        [[nodiscard]] const coefficients<Scalar>& update() const noexcept { return update_; }

    private:
        coefficients<Scalar> update_;
        std::uint32_t steps_ = 0;
    };

    struct arithmetic {
        GRAFT_ALSO_HOST_ONLY
        template <class Chunk, class Scalar>
        GRAFT_ALWAYS_INLINE GRAFT_HOST_DEVICE static void update(Scalar* row, std::size_t, const Chunk& w,
                                                                 const Chunk& g, no_catch_up,
                                                                 const coefficients<Scalar>& c) {
            store<Chunk>(w - c.lr * g, row);
        }
    };
};

} // namespace graft::inline v0_1
