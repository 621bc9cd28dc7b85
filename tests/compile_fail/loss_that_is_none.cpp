// expect: loss
#include <graft/model/recommender.hpp>
#include <graft/train/trainer.hpp>

struct residual {
    float operator()(float score, float target) const { return score - target; }
};

#ifdef GRAFT_BAD_LINE
using loss_type = residual;
#else
using loss_type = graft::squared_error;
#endif

void train(graft::recommender<float>& model) {
    graft::trainer<graft::recommender<float>, graft::adam, loss_type> trainer(model);
}
