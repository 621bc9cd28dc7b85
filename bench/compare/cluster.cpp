// One training run on the ranks of an MPI program for cluster.py, with the ids, targets and first weights of train.cpp:
//   mpirun -n RANKS compare_cluster USERS ITEMS BATCH adam|sparse_adam THREADS CHECK_STEPS SECONDS [apart]
// apart: ranks send each other all rows, as on several machines. Prints, by the first rank, the loss of the batch after CHECK_STEPS steps, and interactions per second over about SECONDS
// afterwards. Rows have 64 numbers.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string>
#include <vector>

#include <Eigen/Core>

#include <graft/cluster/mpi_cpu.hpp>
#include <graft/cluster/session.hpp>
#include <graft/model/recommender.hpp>
#include <graft/optim/adam.hpp>
#include <graft/optim/sparse_adam.hpp>
#include <graft/train/trainer.hpp>

#include "../../tests/support/ranks_apart.hpp"
#include "../support/mix.hpp"

namespace {

constexpr int dim = 64;

void fill(auto& table, std::uint64_t stream) {
    Eigen::VectorXf row(dim);
    for (std::size_t r = 0; r < table.rows(); ++r) {
        for (int i = 0; i < dim; ++i)
            row[i] = bench::first_weight(stream, r * dim + static_cast<std::size_t>(i));
        table.set_row(r, row);
    }
}

template <class Optimizer>
void run(const graft::mpi_rank& me, std::size_t num_users, std::size_t num_items, std::size_t batch,
         std::size_t threads, std::size_t check_steps, double seconds) {
    graft::recommender<float, dim, graft::mpi_cpu> model(num_users, num_items, dim, {.stddev = 0});
    fill(model.users(), 4);
    fill(model.items(), 5);
    const std::size_t steps = check_steps + 8 + 2 * num_users / batch;
    std::vector<graft::user_id> users;
    std::vector<graft::item_id> items;
    std::vector<float> targets;
    for (std::size_t k = 0; k < steps * batch; ++k) {
        users.push_back(static_cast<graft::user_id>(bench::mix(1, k) % num_users));
        items.push_back(static_cast<graft::item_id>(bench::mix(2, k) % num_items));
        targets.push_back(static_cast<float>(1 + bench::mix(3, k) % 5));
    }
    std::vector<double> losses(steps);
    graft::trainer trainer(model, Optimizer{}, {.threads = threads});
    const auto part = [&](std::size_t first, std::size_t last) {
        const std::size_t size = (last - first) * batch;
        trainer.train_checked({std::span(users).subspan(first * batch, size),
                               std::span(items).subspan(first * batch, size),
                               std::span(targets).subspan(first * batch, size)},
                              batch, std::span(losses).subspan(first, last - first));
    };
    using clock = std::chrono::steady_clock;
    const auto since = [](clock::time_point begin) {
        return std::chrono::duration<double>(clock::now() - begin).count();
    };
    const auto began = clock::now();
    part(0, steps);
    const double loss = losses[check_steps];
    // All ranks must take as many steps: as many as the first has time for.
    const auto times = std::strtoull(
        graft::mpi_cpu::agree(std::to_string(static_cast<std::size_t>(seconds / since(began)) + 1)).c_str(),
        nullptr, 10);
    const auto begin = clock::now();
    for (std::size_t time = 0; time < times; ++time) part(0, steps);
    if (me.is_first())
        std::printf("{\"loss\": %.9g, \"rate\": %.6g}\n", loss,
                    static_cast<double>(times * steps * batch) / since(begin));
}

} // namespace

int main(int argc, char** argv) {
    const auto number = [&](int i) { return static_cast<std::size_t>(std::strtoull(argv[i], nullptr, 10)); };
    ranks_apart = argc == 9 && std::string(argv[8]) == "apart";
    const std::string optimizer = argc == 8 || ranks_apart ? argv[4] : "";
    if (optimizer != "adam" && optimizer != "sparse_adam") {
        std::fprintf(stderr, "compare_cluster USERS ITEMS BATCH adam|sparse_adam THREADS CHECK_STEPS SECONDS "
                             "[apart]\n");
        return 2;
    }
    return graft::mpi_main(argc, argv, [&](const graft::mpi_rank& me) {
        const auto f = optimizer == "adam" ? run<graft::adam> : run<graft::sparse_adam>;
        f(me, number(1), number(2), number(3), number(5), number(6), std::strtod(argv[7], nullptr));
    });
}
