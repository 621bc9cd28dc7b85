// One training run for train.py: the same ids, targets and first weights as it gives to PyTorch.
//   compare_train USERS ITEMS DIM BATCH OPTIMIZER THREADS CHECK_STEPS SECONDS
// Prints the loss of the batch after CHECK_STEPS steps, and interactions per second over at least SECONDS
// afterwards.
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include <graft/model/recommender.hpp>
#include <graft/optim/adam.hpp>
#include <graft/optim/sparse_adam.hpp>
#include <graft/train/trainer.hpp>

#include "../support/mix.hpp"

namespace {

using bench::first_weight; // train.py has the same
using bench::mix;

void fill(auto& table, std::uint64_t stream) {
    Eigen::VectorXf row(static_cast<Eigen::Index>(table.dim()));
    for (std::size_t r = 0; r < table.rows(); ++r) {
        for (std::size_t i = 0; i < table.dim(); ++i)
            row[static_cast<Eigen::Index>(i)] = first_weight(stream, r * table.dim() + i);
        table.set_row(r, row);
    }
}

struct interactions {
    std::vector<graft::user_id> users;
    std::vector<graft::item_id> items;
    std::vector<float> targets;
};

interactions draw(std::size_t num_users, std::size_t num_items, std::size_t count) {
    interactions all;
    for (std::size_t k = 0; k < count; ++k) {
        all.users.push_back(static_cast<graft::user_id>(mix(1, k) % num_users));
        all.items.push_back(static_cast<graft::item_id>(mix(2, k) % num_items));
        all.targets.push_back(static_cast<float>(1 + mix(3, k) % 5));
    }
    return all;
}

template <class Optimizer, int Dim>
void run(std::size_t num_users, std::size_t num_items, std::size_t dim, std::size_t batch,
         std::size_t threads, std::size_t check_steps, double seconds) {
    graft::recommender<float, Dim> model(num_users, num_items, dim, {.stddev = 0});
    fill(model.users(), 4);
    fill(model.items(), 5);
    // Enough to meet each user twice, so that rows have moments and have slept when time is taken.
    const std::size_t steps = check_steps + 8 + 2 * num_users / batch;
    const auto data = draw(num_users, num_items, steps * batch);
    std::vector<double> losses(steps);
    graft::trainer trainer(model, Optimizer{}, {.threads = threads});
    const auto part = [&](std::size_t first, std::size_t last) {
        const std::size_t size = (last - first) * batch;
        trainer.train_checked({std::span(data.users).subspan(first * batch, size),
                               std::span(data.items).subspan(first * batch, size),
                               std::span(data.targets).subspan(first * batch, size)},
                              batch, std::span(losses).subspan(first, last - first));
    };
    part(0, steps);
    const double loss = losses[check_steps];

    using clock = std::chrono::steady_clock;
    const std::size_t some = (std::max)(std::size_t{1}, (std::min)(steps, (std::size_t{1} << 18U) / batch));
    std::size_t done = 0;
    std::size_t at = 0;
    const auto begin = clock::now();
    double passed = 0;
    while (passed < seconds) {
        if (at + some > steps) at = 0;
        part(at, at + some);
        at += some;
        done += some * batch;
        passed = std::chrono::duration<double>(clock::now() - begin).count();
    }
    std::printf("{\"loss\": %.9g, \"rate\": %.6g}\n", loss, static_cast<double>(done) / passed);
}

template <class Optimizer>
auto run_with(std::size_t dim) { // the common sizes are known to the compiler
    switch (dim) {
    case 64:
        return run<Optimizer, 64>;
    case 100:
        return run<Optimizer, 100>;
    default:
        return run<Optimizer, Eigen::Dynamic>;
    }
}

} // namespace

int main(int argc, char** argv) {
    if (argc != 9) {
        std::fprintf(stderr,
                     "compare_train USERS ITEMS DIM BATCH adam|sparse_adam THREADS CHECK_STEPS SECONDS\n");
        return 2;
    }
    const auto number = [&](int i) { return static_cast<std::size_t>(std::strtoull(argv[i], nullptr, 10)); };
    const std::string optimizer = argv[5];
    const auto run =
        optimizer == "adam" ? run_with<graft::adam>(number(3)) : run_with<graft::sparse_adam>(number(3));
    run(number(1), number(2), number(3), number(4), number(6), number(7), std::strtod(argv[8], nullptr));
}
