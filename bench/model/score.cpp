// Scores of random pairs.
#include <vector>

#include <benchmark/benchmark.h>

#include <graft/model/recommender.hpp>

#include "../support/sizes.hpp"

namespace {

void score_pairs(benchmark::State& state) {
    const auto& size = bench::sizes[bench::small() ? 0 : 2];
    const auto dim = static_cast<std::size_t>(state.range(0));
    const bench::random_interactions data(size, 8192);
    const graft::recommender<float> model(size.users, size.items, dim);
    std::vector<float> scores(data.users.size());
    for (auto _ : state) {
        model.score(data.users, data.items, scores);
        benchmark::DoNotOptimize(scores.data());
    }
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(scores.size()));
}
BENCHMARK(score_pairs)->Arg(32)->Arg(64)->Arg(100)->Arg(128);

} // namespace
