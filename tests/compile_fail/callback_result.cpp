// expect: fit: a callback returns nothing, or a bool
#include <graft/model/recommender.hpp>
#include <graft/train/fit.hpp>

void train(graft::recommender<float>& model, const graft::interactions& data) {
#ifdef GRAFT_BAD_LINE
    graft::fit(model, data, {.epochs = 2}, [](const graft::progress&) { return 1; });
#else
    graft::fit(model, data, {.epochs = 2}, [](const graft::progress&) { return true; });
#endif
}
