// expect: graft::fit_als: .*the model's scorer must be graft::dot
#include <graft/data/interactions.hpp>
#include <graft/model/recommender.hpp>
#include <graft/train/als.hpp>

void f(graft::recommender<float>& plain,
       graft::recommender<float, 8, graft::default_backend, graft::biased>& model,
       const graft::interactions& clicks) {
    graft::fit_als(plain, clicks);
#if defined(GRAFT_BAD_LINE)
    graft::fit_als(model, clicks);
#else
    (void)model;
#endif
}
