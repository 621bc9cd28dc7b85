// expect: item_ranker
#include <graft/model/recommender.hpp>
#include <graft/train/fit.hpp>
#include <graft/train/watch_ndcg.hpp>

void train(graft::recommender<float>& model, const graft::interactions& data) {
#ifdef GRAFT_BAD_LINE
    graft::fit(model, data, {.monitor = graft::watch_ndcg(model.items(), data, data)});
#else
    graft::fit(model, data, {.monitor = graft::watch_ndcg(model, data, data)});
#endif
}
