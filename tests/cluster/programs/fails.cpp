// A program whose last rank fails while the others train: fails throw | return | kill
#include <csignal>
#include <stdexcept>
#include <string>
#include <vector>

#include <graft/graft.hpp>
#include <graft/mpi.hpp>

int main(int argc, char** argv) {
    const std::string how = argc > 1 ? argv[1] : "";
    return graft::mpi_main(argc, argv, [&](const graft::mpi_rank& me) {
        graft::recommender<float, Eigen::Dynamic, graft::mpi_cpu> model(40, 30, 8);
        graft::trainer trainer(model);
        const std::vector<graft::user_id> users{graft::user_id{1}, graft::user_id{2}};
        const std::vector<graft::item_id> items{graft::item_id{3}, graft::item_id{4}};
        const std::vector<float> targets{1, 0};
        for (int step = 0; step < 1000; ++step) {
            trainer.step(users, items, targets);
            if (step != 20 || me.rank() + 1 < me.ranks()) continue;
            if (how == "throw") throw std::runtime_error("this rank cannot go on");
            if (how == "return") return 3;
            if (how == "kill") std::raise(SIGKILL);
        }
        return 0;
    });
}
