// expect: recommender: Scorer must be graft::dot or graft::biased
#include <graft/model/recommender.hpp>

struct cosine {};

#ifdef GRAFT_BAD_LINE
using scorer_type = cosine;
#else
using scorer_type = graft::dot;
#endif

graft::recommender<float, Eigen::Dynamic, graft::cpu, scorer_type> model(3, 3, 2);
