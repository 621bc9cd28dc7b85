// One training run for train.py: the same ids, targets and first weights as it gives to PyTorch.
//   compare_train USERS ITEMS DIM BATCH OPTIMIZER THREADS CHECK_STEPS SECONDS [LOSS GROUP]
// With a GROUP above 1 the data are clicks, each with GROUP - 1 pairs of the same user that were none; BATCH counts pairs.
// Prints the loss of the batch after CHECK_STEPS steps, and interactions per second over at least SECONDS
// afterwards.
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include <graft/loss/bpr.hpp>
#include <graft/loss/logistic.hpp>
#include <graft/loss/softmax.hpp>
#include <graft/loss/squared_error.hpp>
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

interactions draw(std::size_t num_users, std::size_t num_items, std::size_t count, std::size_t group) {
    interactions all;
    for (std::size_t k = 0; k < count; ++k) {
        all.users.push_back(static_cast<graft::user_id>(mix(1, k - k % group) % num_users));
        all.items.push_back(static_cast<graft::item_id>(mix(2, k) % num_items));
        all.targets.push_back(group == 1 ? static_cast<float>(1 + mix(3, k) % 5)
                                         : (k % group == 0 ? 1.0F : 0.0F));
    }
    return all;
}

template <class Optimizer, class Loss, int Dim>
void run(std::size_t num_users, std::size_t num_items, std::size_t dim, std::size_t batch,
         std::size_t threads, std::size_t check_steps, double seconds, std::size_t group) {
    graft::recommender<float, Dim> model(num_users, num_items, dim, {.stddev = 0});
    fill(model.users(), 4);
    fill(model.items(), 5);
    // Enough to meet each user twice, so that rows have moments and have slept when time is taken.
    const std::size_t steps = check_steps + 8 + 2 * num_users / batch;
    const auto data = draw(num_users, num_items, steps * batch, group);
    std::vector<double> losses(steps);
    graft::trainer trainer(model, Optimizer{},
                           {.threads = threads, .group_size = graft::group_loss<Loss> ? group : 1}, Loss{});
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

using runner = decltype(&run<graft::adam, graft::squared_error, 64>);

template <class Optimizer, class Loss = graft::squared_error>
runner run_with(std::size_t dim) { // the common sizes are known to the compiler
    switch (dim) {
    case 64:
        return run<Optimizer, Loss, 64>;
    case 100:
        return run<Optimizer, Loss, 100>;
    default:
        return run<Optimizer, Loss, Eigen::Dynamic>;
    }
}

runner find(const std::string& optimizer, const std::string& loss, std::size_t dim) {
    if (optimizer == "sparse_adam")
        return loss == "squared_error" ? run_with<graft::sparse_adam>(dim) : nullptr;
    if (optimizer != "adam") return nullptr;
    if (loss == "squared_error") return run_with<graft::adam>(dim);
    if (loss == "logistic") return run_with<graft::adam, graft::logistic>(dim);
    if (loss == "bpr") return run_with<graft::adam, graft::bpr>(dim);
    if (loss == "softmax") return run_with<graft::adam, graft::softmax>(dim);
    return nullptr;
}

} // namespace

int main(int argc, char** argv) {
    const auto number = [&](int i) { return static_cast<std::size_t>(std::strtoull(argv[i], nullptr, 10)); };
    const runner run = argc == 9    ? find(argv[5], "squared_error", number(3))
                       : argc == 11 ? find(argv[5], argv[9], number(3))
                                    : nullptr;
    const std::size_t group = argc == 11 ? number(10) : 1;
    if (run == nullptr || group == 0 || number(4) % group != 0) {
        std::fprintf(stderr,
                     "compare_train USERS ITEMS DIM BATCH adam|sparse_adam THREADS CHECK_STEPS SECONDS "
                     "[squared_error|logistic|bpr|softmax GROUP]\n"
                     "BATCH is a multiple of GROUP; sparse_adam has squared_error only\n");
        return 2;
    }
    run(number(1), number(2), number(3), number(4), number(6), number(7), std::strtod(argv[8], nullptr),
        group);
}
