#include <graft/backend/backend.hpp>
#include <graft/backend/cpu/cpu.hpp>

namespace {

struct without_top_k : graft::cpu {
    static void top_k() = delete;
};
struct without_name : graft::cpu {
    static void name() = delete;
};
struct without_engine : graft::cpu {
    template <class Scalar, int Dim, class Scorer, class Optimizer, class Loss>
    struct engine {};
};
struct errors_of_another_type : graft::cpu {
    template <class Scorer, class... Args>
    static double sum_errors(Args&&...);
};

static_assert(graft::backend<graft::cpu>);
static_assert(!graft::backend<without_top_k>);
static_assert(!graft::backend<without_name>);
static_assert(!graft::backend<without_engine>);
static_assert(!graft::backend<errors_of_another_type>);

} // namespace
