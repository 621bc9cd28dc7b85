// expect: graft::fit: the first argument must be a graft::recommender
#include <graft/model/recommender.hpp>
#include <graft/train/fit.hpp>

void train(graft::recommender<float>& model, const graft::interactions& data) {
#ifdef GRAFT_BAD_LINE
    graft::fit(model.users(), data, {.epochs = 2});
#else
    graft::fit(model, data, {.epochs = 2});
#endif
}
