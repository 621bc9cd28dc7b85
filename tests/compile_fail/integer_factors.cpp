// expect: floating_point
#include <graft/model/recommender.hpp>

int main() {
#ifdef GRAFT_BAD_LINE
    const graft::recommender<int> model(3, 4, 2);
#else
    const graft::recommender<double> model(3, 4, 2);
#endif
    return model.dim() == 2;
}
