#pragma once

#include <cstddef>
#include <cstdint>

#include <graft/core/chunk.hpp>
#include <graft/core/host_device.hpp>
#include <graft/optim/detail/adam_timeline.hpp>
#include <graft/optim/detail/toward.hpp>

namespace graft::detail {

/// What adam and adamw, whose weights decay, share: the arithmetic of a chunk.
template <bool Decays>
struct dense_adam {
    /// The weights of the chunk at `row`, brought up to date; `sleep_step_by_step` has to be taken for those
    /// that `needs_steps`.
    GRAFT_ALSO_HOST_ONLY
    template <class Chunk, class Scalar>
    [[nodiscard]] GRAFT_ALWAYS_INLINE GRAFT_HOST_DEVICE static Chunk
    catch_up(const Scalar* row, std::size_t pitch, const adam_drift<Scalar>& drift) {
        const Chunk denominator = root<Chunk>(load<Chunk>(row + 2 * pitch)) + drift.eps_b;
        const Chunk move = quotient<Chunk>(drift.s1 * load<Chunk>(row + pitch), denominator);
        const Chunk w = kept(drift.keep, load<Chunk>(row));
        if (!(drift.series_below > 0) || !any_below(denominator, drift.series_below)) return w - move;
        const Chunk z = drift.eps_b / denominator;
        return w - (move + move * (z * z * (drift.nu2 - z * (drift.nu3 - z * drift.nu4))));
    }

    /// Whether v is so small that `catch_up` is not exact enough.
    template <class Scalar>
    [[nodiscard]] GRAFT_HOST_DEVICE static bool needs_steps(Scalar m, Scalar v,
                                                            const adam_drift<Scalar>& drift) {
        using std::sqrt;
        return m != Scalar(0) && sqrt(v) + drift.eps_b < drift.e_min;
    }

    /// One step of a touched row: w holds its caught-up weights, g its gradient, `row` its old moments.
    GRAFT_ALSO_HOST_ONLY
    template <class Chunk, class Scalar>
    GRAFT_ALWAYS_INLINE GRAFT_HOST_DEVICE static void update(Scalar* row, std::size_t pitch, const Chunk& w,
                                                             const Chunk& g, const adam_drift<Scalar>& drift,
                                                             const adam_update<Scalar>& c) {
        const auto m = toward<Chunk>(drift.m_keep * load<Chunk>(row + pitch), g, c.grad1);
        const auto v = toward<Chunk>(drift.v_keep * load<Chunk>(row + 2 * pitch), g * g, c.grad2);
        store<Chunk>(kept(c.keep, w) - quotient<Chunk>(c.rate * m, root<Chunk>(v) + c.eps), row);
        store<Chunk>(m, row + pitch);
        store<Chunk>(v, row + 2 * pitch);
    }

    /// The moments of a row whose weights were brought up to date without a step.
    GRAFT_ALSO_HOST_ONLY
    template <class Chunk, class Scalar>
    GRAFT_ALWAYS_INLINE GRAFT_HOST_DEVICE static void settle(Scalar* row, std::size_t pitch,
                                                             const adam_drift<Scalar>& drift) {
        store<Chunk>(drift.m_keep * load<Chunk>(row + pitch), row + pitch);
        store<Chunk>(drift.v_keep * load<Chunk>(row + 2 * pitch), row + 2 * pitch);
    }

private:
    GRAFT_ALSO_HOST_ONLY
    template <class Chunk, class Scalar>
    [[nodiscard]] GRAFT_ALWAYS_INLINE GRAFT_HOST_DEVICE static Chunk kept(Scalar keep, const Chunk& w) {
        if constexpr (Decays)
            return keep * w;
        else
            return w;
    }
};

} // namespace graft::detail
