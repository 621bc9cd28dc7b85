// All ranking metrics at three cut-offs of a model of MovieLens 1M's size.
#include <cstdint>
#include <vector>

#include <benchmark/benchmark.h>

#include <graft/data/interactions.hpp>
#include <graft/eval/ranking.hpp>
#include <graft/eval/ranking_candidates.hpp>
#include <graft/model/recommender.hpp>

#include "../support/sizes.hpp"

namespace {

graft::interactions draw(const bench::table_size& size, std::size_t count, std::uint64_t seed) {
    graft::random_engine engine(seed);
    std::vector<graft::user_id> users;
    std::vector<graft::item_id> items;
    for (std::size_t k = 0; k < count; ++k) {
        users.push_back(static_cast<graft::user_id>(k % size.users));
        items.push_back(static_cast<graft::item_id>(graft::draw_below(engine, size.items)));
    }
    return graft::interactions::from_rows(users, items, std::vector<float>(count, 1.0F), size.users,
                                          size.items);
}

/// test items of a user, threads
void all_unseen(benchmark::State& state) {
    const auto& size = bench::sizes[bench::small() ? 0 : 1];
    const auto train = draw(size, 160 * size.users, 1);
    const auto test = draw(size, static_cast<std::size_t>(state.range(0)) * size.users, 2);
    const graft::recommender<float> model(size.users, size.items, 64);
    const graft::ranking_options options{.at = {5, 10, 20},
                                         .threads = static_cast<std::size_t>(state.range(1))};
    for (auto _ : state) benchmark::DoNotOptimize(graft::evaluate_ranking(model, train, test, options));
}
BENCHMARK(all_unseen)
    ->ArgNames({"test", "threads"})
    ->ArgsProduct({{1, 16}, {1, 2}})
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

void drawn_candidates(benchmark::State& state) {
    const auto& size = bench::sizes[bench::small() ? 0 : 1];
    const auto train = draw(size, 160 * size.users, 1);
    const auto cases = graft::draw_candidates(train, draw(size, size.users, 2), 99);
    const graft::recommender<float> model(size.users, size.items, 64);
    const graft::ranking_options options{.at = {5, 10, 20},
                                         .threads = static_cast<std::size_t>(state.range(0))};
    for (auto _ : state) benchmark::DoNotOptimize(graft::evaluate_ranking(model, train, cases, options));
}
BENCHMARK(drawn_candidates)->ArgName("threads")->Arg(1)->Arg(2)->UseRealTime()->Unit(benchmark::kMillisecond);

} // namespace
