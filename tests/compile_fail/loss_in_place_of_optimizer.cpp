// expect: optimizer
#include <graft/loss/bpr.hpp>
#include <graft/model/recommender.hpp>
#include <graft/train/fit.hpp>

void train(graft::recommender<float>& model, const graft::interactions& data) {
#ifdef GRAFT_BAD_LINE
    using options = graft::fit_options<graft::bpr>;
#else
    using options = graft::fit_options<graft::adam, graft::bpr>;
#endif
    graft::fit(model, data, options{.negatives = {.per_positive = 4}});
}
