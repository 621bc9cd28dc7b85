// The row tasks of all models and optimizers as kernels: compiled for each architecture, where a register
// that does not fit is an error, and looked at for 128-bit loads.
#include <graft/backend/cuda/cuda_system.hpp>
#include <graft/backend/device/step.hpp>
#include <graft/backend/scorer.hpp>
#include <graft/loss/bpr.hpp>
#include <graft/loss/logistic.hpp>
#include <graft/loss/softmax.hpp>
#include <graft/loss/squared_error.hpp>
#include <graft/optim/adam.hpp>
#include <graft/optim/adamw.hpp>
#include <graft/optim/sgd.hpp>
#include <graft/optim/sparse_adam.hpp>

namespace {

using graft::detail::rows_kernel;
template <class Scalar, class Scorer, class Optimizer>
using step = graft::detail::step_view<
    Scalar, Scorer, Optimizer,
    std::remove_cvref_t<decltype(std::declval<typename Optimizer::template timeline<Scalar>>().update())>>;

template <class Scalar, class Scorer, class Optimizer>
void instantiate() {
    using s = step<Scalar, Scorer, Optimizer>;
    rows_kernel<graft::detail::gather_rows<s>><<<1, 1>>>({}, 0);
    rows_kernel<graft::detail::move_users<s, graft::squared_error>><<<1, 1>>>({}, 0);
    rows_kernel<graft::detail::move_items<s>><<<1, 1>>>({}, 0);
    if constexpr (Optimizer::lazy) rows_kernel<graft::detail::settle_row<Scalar, Optimizer>><<<1, 1>>>({}, 0);
}

template <class Scalar, class Scorer>
void instantiate_optimizers() {
    instantiate<Scalar, Scorer, graft::adam>();
    instantiate<Scalar, Scorer, graft::adamw>();
    instantiate<Scalar, Scorer, graft::sparse_adam>();
    instantiate<Scalar, Scorer, graft::sgd>();
    using adam_step = step<Scalar, Scorer, graft::adam>;
    rows_kernel<graft::detail::move_users<adam_step, graft::logistic>><<<1, 1>>>({}, 0);
    rows_kernel<graft::detail::move_users<adam_step, graft::bpr>><<<1, 1>>>({}, 0);
    rows_kernel<graft::detail::move_users<adam_step, graft::softmax>><<<1, 1>>>({}, 0);
    rows_kernel<graft::detail::score_pairs<Scorer, Scalar>><<<1, 1>>>({}, 0);
    rows_kernel<graft::detail::score_items<Scorer, Scalar>><<<1, 1>>>({}, 0);
    rows_kernel<graft::detail::add_errors<Scorer, Scalar>><<<1, 1>>>({}, 0);
}

template <class Scalar>
void instantiate_scorers() {
    instantiate_optimizers<Scalar, graft::dot>();
    instantiate_optimizers<Scalar, graft::biased>();
    rows_kernel<graft::detail::sum_losses<Scalar>><<<1, 1>>>({}, 0);
}

} // namespace

void instantiate_all() {
    instantiate_scorers<float>();
    instantiate_scorers<double>();
    rows_kernel<graft::detail::total_errors><<<1, 1>>>({}, 0);
}
