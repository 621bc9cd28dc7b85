// Training steps: NAME<dim>/size/batch/threads. interactions/s counts ratings, bytes/s what the rows of the
// batches hold, read once and written once.
#include <algorithm>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include <graft/model/recommender.hpp>
#include <graft/optim/adam.hpp>
#include <graft/optim/sgd.hpp>
#include <graft/optim/sparse_adam.hpp>
#include <graft/train/trainer.hpp>

#include "../support/sizes.hpp"

namespace {

template <class Optimizer>
void step(benchmark::State& state, const bench::table_size& size, std::size_t dim, std::size_t batch,
          std::size_t threads) {
    const bench::random_interactions data(size, (std::max)(std::size_t{1} << 17U, 8 * batch) / batch * batch);
    graft::recommender<float> model(size.users, size.items, dim, {.stddev = 0.1});
    graft::trainer trainer(model, Optimizer{}, {.threads = threads});
    std::vector<double> losses(data.users.size() / batch);
    const auto run = [&] { trainer.train_checked(data.users, data.items, data.targets, batch, losses); };
    run(); // rows that were never touched are cheaper
    for (auto _ : state) run();
    const double interactions =
        static_cast<double>(data.users.size()) * static_cast<double>(state.iterations());
    state.counters["interactions/s"] = benchmark::Counter(interactions, benchmark::Counter::kIsRate);
    state.counters["bytes/s"] = benchmark::Counter(
        interactions * 2 * 2 * static_cast<double>(dim * sizeof(float) * (1 + Optimizer::moments)),
        benchmark::Counter::kIsRate);
}

template <class Optimizer>
void add(const std::string& name) {
    for (const auto& size : bench::sizes) {
        for (const std::size_t dim : {32U, 64U, 100U, 128U})
            for (const std::size_t batch : {256U, 1024U, 8192U})
                for (const std::size_t threads : {1U, 2U}) {
                    if (bench::small() && (size.users > 1000 || dim != 32 || batch != 1024)) continue;
                    const auto full = name + "<" + std::to_string(dim) + ">/" + size.name + "/" +
                                      std::to_string(batch) + "/" + std::to_string(threads);
                    benchmark::RegisterBenchmark(full.c_str(), [&size, dim, batch,
                                                                threads](benchmark::State& state) {
                        step<Optimizer>(state, size, dim, batch, threads);
                    })->UseRealTime();
                }
    }
}

const bool added = [] {
    add<graft::adam>("adam");
    add<graft::sparse_adam>("sparse_adam");
    add<graft::sgd>("sgd");
    return true;
}();

} // namespace
