// expect: recommender: only the biased scorer has a mean
#include <graft/model/recommender.hpp>

void set(graft::recommender<float>& model) {
#ifdef GRAFT_BAD_LINE
    model.set_mean(3);
#endif
    (void)model;
}
