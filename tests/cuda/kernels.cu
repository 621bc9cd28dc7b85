// The row tasks of a float model with Adam, as kernels: compiled for each architecture, where a register that
// does not fit is an error, and looked at for 128-bit loads.
#include <graft/backend/cuda/step.hpp>
#include <graft/graft.hpp>

namespace {

using graft::detail::rows_kernel;
template <class Scorer, class Optimizer>
using step = graft::detail::step_view<
    float, Scorer, Optimizer,
    std::remove_cvref_t<decltype(std::declval<typename Optimizer::template timeline<float>>().update())>>;

template <class Scorer, class Optimizer>
void instantiate() {
    using s = step<Scorer, Optimizer>;
    rows_kernel<graft::detail::gather_rows<s>><<<1, 1>>>({}, 0);
    rows_kernel<graft::detail::move_users<s>><<<1, 1>>>({}, 0);
    rows_kernel<graft::detail::move_items<s>><<<1, 1>>>({}, 0);
    if constexpr (Optimizer::lazy) rows_kernel<graft::detail::settle_row<float, Optimizer>><<<1, 1>>>({}, 0);
}

} // namespace

void instantiate_all() {
    instantiate<graft::biased, graft::adam>();
    instantiate<graft::biased, graft::sparse_adam>();
    instantiate<graft::biased, graft::sgd>();
    rows_kernel<graft::detail::mean_losses<float>><<<1, 1>>>({}, 0);
    rows_kernel<graft::detail::score_pairs<graft::biased, float>><<<1, 1>>>({}, 0);
    rows_kernel<graft::detail::score_items<graft::biased, float>><<<1, 1>>>({}, 0);
    rows_kernel<graft::detail::add_misses<graft::biased, float>><<<1, 1>>>({}, 0);
    rows_kernel<graft::detail::total_misses><<<1, 1>>>({}, 0);
}
