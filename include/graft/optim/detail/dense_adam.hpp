#pragma once

#include <cstddef>
#include <cstdint>

#include <graft/core/chunk.hpp>
#include <graft/core/host_device.hpp>
#include <graft/optim/detail/adam_timeline.hpp>

namespace graft::detail {

/// What adam and adamw share: the arithmetic of a chunk.
struct dense_adam {
    /// The weights of the chunk at `row`, brought up to date. Lowers `e_least` to the least E of the chunk;
    /// where that ends below drift.e_min, `sleep_step_by_step` has to be taken for the weights that
    /// `needs_steps`.
    GRAFT_ALSO_HOST_ONLY
    template <class Chunk, class Scalar>
    GRAFT_ALWAYS_INLINE GRAFT_HOST_DEVICE static Chunk
    catch_up(const Scalar* row, std::size_t width, const adam_drift<Scalar>& drift, Chunk& e_least) {
        using std::sqrt;
        const Chunk root = sqrt(load<Chunk>(row + 2 * width));
        const Chunk e = root + drift.eps_b;
        if constexpr (std::is_arithmetic_v<Chunk>)
            e_least = e < e_least ? e : e_least;
        else
            e_least = e_least.min(e);
        const Chunk inverse = Scalar(1) / e;
        const Chunk z = drift.eps_b * inverse;
        const Chunk series = Scalar(1) + z * z * (drift.nu2 - z * (drift.nu3 - z * drift.nu4));
        return drift.keep * load<Chunk>(row) - load<Chunk>(row + width) * (drift.s1 * inverse) * series;
    }

    template <class Scalar>
    [[nodiscard]] GRAFT_HOST_DEVICE static bool needs_steps(Scalar m, Scalar v,
                                                            const adam_drift<Scalar>& drift) {
        using std::sqrt;
        return m != Scalar(0) && sqrt(v) + drift.eps_b < drift.e_min;
    }

    /// One step of a touched row: w holds its caught-up weights, g its gradient, `row` its old moments.
    GRAFT_ALSO_HOST_ONLY
    template <class Chunk, class Scalar>
    GRAFT_ALWAYS_INLINE GRAFT_HOST_DEVICE static void update(Scalar* row, std::size_t width, const Chunk& w,
                                                             const Chunk& g, const adam_drift<Scalar>& drift,
                                                             const adam_update<Scalar>& c) {
        using std::sqrt;
        const Chunk m = (c.beta1 * drift.m_keep) * load<Chunk>(row + width) + c.grad1 * g;
        const Chunk v = (c.beta2 * drift.v_keep) * load<Chunk>(row + 2 * width) + c.grad2 * g * g;
        const Chunk root = sqrt(v);
        store<Chunk>(c.keep * w - c.rate * m / (root * c.root + c.eps), row);
        store<Chunk>(m, row + width);
        store<Chunk>(v, row + 2 * width);
    }

    /// A row that is brought up to date without a step: w holds its caught-up weights.
    GRAFT_ALSO_HOST_ONLY
    template <class Chunk, class Scalar>
    GRAFT_ALWAYS_INLINE GRAFT_HOST_DEVICE static void settle(Scalar* row, std::size_t width, const Chunk& w,
                                                             const adam_drift<Scalar>& drift) {
        store<Chunk>(w, row);
        store<Chunk>(drift.m_keep * load<Chunk>(row + width), row + width);
        store<Chunk>(drift.v_keep * load<Chunk>(row + 2 * width), row + 2 * width);
    }
};

} // namespace graft::detail
