// expect: graft::fit: options have other names and types
#include <graft/model/recommender.hpp>
#include <graft/train/fit.hpp>

void train(graft::recommender<float>& model, const graft::interactions& data) {
#ifdef GRAFT_BAD_LINE
    graft::fit(model, data, {.epochs = 2, .monitor = 0.5});
#else
    graft::fit(model, data, {.epochs = 2, .monitor = {.name = "half", .value = [] { return 0.5; }}});
#endif
}
