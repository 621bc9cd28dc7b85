#pragma once

#include <cstddef>
#include <cstdint>

#include <graft/core/chunk.hpp>
#include <graft/core/host_device.hpp>
#include <graft/optim/detail/adam_timeline.hpp>
#include <graft/optim/detail/toward.hpp>

namespace graft::inline v0_1::detail {

/// The arithmetic of a chunk for adam and for adamw, whose weights decay. A row is weights, m and sqrt(v).
/// The root is stored because catching up needs it and is then faster; a step takes as long as with v.
template <bool Decays>
struct dense_adam {
    /// The weights of the chunk at `row`, brought up to date. Weights with `needs_steps` have to take
    /// `sleep_step_by_step` instead.
    GRAFT_ALSO_HOST_ONLY
    template <class Chunk, class Scalar>
    [[nodiscard]] GRAFT_ALWAYS_INLINE GRAFT_HOST_DEVICE static Chunk
    catch_up(const Scalar* row, std::size_t pitch, const adam_catch_up<Scalar>& coefficients) {
        const Chunk root = load<Chunk>(row + 2 * pitch);
        const Chunk f = root + coefficients.f;
        const Chunk below = (root + coefficients.e) * f - coefficients.c;
        const Chunk above = coefficients.s1 * load<Chunk>(row + pitch) * f;
        return kept(coefficients.keep, load<Chunk>(row)) - quotient<Chunk>(above, below);
    }

    /// Whether v is so small that `catch_up` is not exact enough. root: sqrt(v).
    template <class Scalar>
    [[nodiscard]] GRAFT_HOST_DEVICE static bool needs_steps(Scalar m, Scalar root,
                                                            const adam_catch_up<Scalar>& coefficients) {
        return m != Scalar(0) && root + coefficients.e < coefficients.e_min;
    }

    /// One step of a row in the batch. w: its weights, brought up to date. g: its gradient. row: its old
    /// moments.
    GRAFT_ALSO_HOST_ONLY
    template <class Chunk, class Scalar>
    GRAFT_ALWAYS_INLINE GRAFT_HOST_DEVICE static void
    update(Scalar* row, std::size_t pitch, const Chunk& w, const Chunk& g,
           const adam_catch_up<Scalar>& coefficients, const adam_update<Scalar>& c) {
        const Chunk before = coefficients.root_keep * load<Chunk>(row + 2 * pitch);
        const auto m = toward<Chunk>(coefficients.m_keep * load<Chunk>(row + pitch), g, c.grad1);
        const Chunk root = graft::root(toward<Chunk>(before * before, g * g, c.grad2));
        store<Chunk>(kept(c.keep, w) - quotient<Chunk>(c.rate * m, root + c.eps), row);
        store<Chunk>(m, row + pitch);
        store<Chunk>(root, row + 2 * pitch);
    }

    /// The moments of a row whose weights were brought up to date without a step.
    GRAFT_ALSO_HOST_ONLY
    template <class Chunk, class Scalar>
    GRAFT_ALWAYS_INLINE GRAFT_HOST_DEVICE static void settle(Scalar* row, std::size_t pitch,
                                                             const adam_catch_up<Scalar>& coefficients) {
        store<Chunk>(coefficients.m_keep * load<Chunk>(row + pitch), row + pitch);
        store<Chunk>(coefficients.root_keep * load<Chunk>(row + 2 * pitch), row + 2 * pitch);
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

} // namespace graft::inline v0_1::detail
