// expect: graft::fit: options have other names and types
#include <graft/loss/logistic.hpp>
#include <graft/model/recommender.hpp>
#include <graft/optim/sgd.hpp>
#include <graft/train/fit.hpp>

void train(graft::recommender<float>& model, const graft::interactions& data) {
#ifdef GRAFT_BAD_LINE
    graft::fit(model, data, {.epoch = 5});
#else
    graft::fit(model, data, {.epochs = 5});
#endif
}
