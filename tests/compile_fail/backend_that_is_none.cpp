// expect: recommender: Backend does not model graft::backend
#include <graft/model/recommender.hpp>

struct abacus {
    static constexpr const char* name = "abacus";
};

#ifdef GRAFT_BAD_LINE
using backend_type = abacus;
#else
using backend_type = graft::cpu;
#endif

graft::recommender<float, Eigen::Dynamic, backend_type> model(3, 3, 2);
