// expect: optimizer
#include <graft/model/recommender.hpp>
#include <graft/train/trainer.hpp>

struct momentum {
    double lr = 0.1;
};

#ifdef GRAFT_BAD_LINE
using optimizer_type = momentum;
#else
using optimizer_type = graft::adam;
#endif

void train(graft::recommender<float>& model) {
    graft::trainer<graft::recommender<float>, optimizer_type> trainer(model);
}
