// expect: graft::fit: options have other names and types.*negatives = \{\.per_positive = \.\.\}
#include <graft/model/recommender.hpp>
#include <graft/train/fit.hpp>

void train(graft::recommender<float>& model, const graft::interactions& data) {
#ifdef GRAFT_BAD_LINE
    graft::fit(model, data, {.epochs = 2, .num_negatives = 4});
#else
    graft::fit(model, data, {.epochs = 2, .negatives = {4}});
#endif
}
