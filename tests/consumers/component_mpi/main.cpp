#include <cmath>

#include <graft/model/recommender.hpp>
#include <graft/mpi.hpp>

int main(int argc, char** argv) {
    return graft::mpi_main(argc, argv, [](const graft::mpi_rank& me) {
        const graft::recommender<float, Eigen::Dynamic, graft::mpi_cpu> model(3, 4, 2);
        const bool scored = std::isfinite(model.score(graft::user_id{1}, graft::item_id{2}));
        return scored && me.ranks() == 2 ? 0 : 1;
    });
}
