// expect: item_ranker
#include <graft/eval/baselines.hpp>
#include <graft/eval/ranking.hpp>

int main() {
    const graft::interactions data;
#ifdef GRAFT_BAD_LINE
    return graft::evaluate_ranking(graft::global_mean(data), data, data).left_out == 0; // scores pairs alone
#endif
    return graft::evaluate_ranking(graft::most_popular(data), data, data).left_out == 0;
}
