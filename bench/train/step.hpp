#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include <Eigen/Core>
#include <benchmark/benchmark.h>

#include <graft/loss/bpr.hpp>
#include <graft/loss/logistic.hpp>
#include <graft/loss/softmax.hpp>
#include <graft/loss/squared_error.hpp>
#include <graft/model/recommender.hpp>
#include <graft/optim/adam.hpp>
#include <graft/optim/sgd.hpp>
#include <graft/optim/sparse_adam.hpp>
#include <graft/train/trainer.hpp>

#include "../support/sizes.hpp"

/// Training steps of a backend: NAME<dim>/size/batch/threads. interactions/s counts scored pairs, bytes/s what the
/// rows of the batches hold, read once and written once. groups/LOSS are steps of adam on clicks with three negatives
/// each.
namespace bench {

struct step_options {
    std::size_t interactions; ///< of a run, at least
    std::vector<std::size_t> batches;
    std::vector<std::size_t> threads;
    std::size_t group = 1;   ///< 4: clicks and three negatives each, instead of ratings
    std::size_t copies = 0;  ///< of a row's weights that a step writes to memory and reads again
    double memory_limit = 0; ///< bytes/s; where it is known, `fraction` is the share of it
};

template <class Backend, class Optimizer, class Loss>
void step(benchmark::State& state, const table_size& size, std::size_t dim, std::size_t batch,
          std::size_t threads, const step_options& options) {
    random_interactions data(size, (std::max)(options.interactions, 8 * batch) / batch * batch);
    if (options.group > 1) data.make_groups(options.group);
    graft::recommender<float, Eigen::Dynamic, Backend> model(size.users, size.items, dim, {.stddev = 0.1});
    graft::trainer trainer(model, Optimizer{},
                           {.threads = threads, .group_size = graft::group_loss<Loss> ? options.group : 1},
                           Loss{});
    std::vector<double> losses(data.users.size() / batch);
    const auto run = [&] { trainer.train_checked({data.users, data.items, data.targets}, batch, losses); };
    run(); // rows that were never touched are cheaper
    for (auto _ : state) run();
    const double interactions =
        static_cast<double>(data.users.size()) * static_cast<double>(state.iterations());
    const double bytes = interactions * 2 * 2 *
                         static_cast<double>(dim * sizeof(float) * (1 + Optimizer::moments + options.copies));
    using counter = benchmark::Counter;
    state.counters["interactions/s"] = counter(interactions, counter::kIsRate);
    state.counters["bytes/s"] = counter(bytes, counter::kIsRate);
    if (options.memory_limit > 0)
        state.counters["fraction"] = counter(bytes / options.memory_limit, counter::kIsRate);
}

template <class Backend, class Optimizer, class Loss = graft::squared_error>
void add(const std::string& name, const step_options& options) {
    for (const auto& size : sizes)
        for (const std::size_t dim : {32U, 64U, 100U, 128U})
            for (const std::size_t batch : options.batches)
                for (const std::size_t threads : options.threads) {
                    if (small() && (size.users > 1000 || dim != 32 || batch != 1024)) continue;
                    const auto full = name + "<" + std::to_string(dim) + ">/" + size.name + "/" +
                                      std::to_string(batch) + "/" + std::to_string(threads);
                    const auto run = [&size, dim, batch, threads, options](benchmark::State& state) {
                        step<Backend, Optimizer, Loss>(state, size, dim, batch, threads, options);
                    };
                    benchmark::RegisterBenchmark(full.c_str(), run)->UseRealTime();
                }
}

template <class Backend>
void add_all(const step_options& options) {
    add<Backend, graft::adam>("adam", options);
    add<Backend, graft::sparse_adam>("sparse_adam", options);
    add<Backend, graft::sgd>("sgd", options);
    auto groups = options;
    groups.group = 4;
    add<Backend, graft::adam>("groups/squared_error", groups);
    add<Backend, graft::adam, graft::logistic>("groups/logistic", groups);
    add<Backend, graft::adam, graft::bpr>("groups/bpr", groups);
    add<Backend, graft::adam, graft::softmax>("groups/softmax", groups);
}

} // namespace bench
