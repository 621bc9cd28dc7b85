// Lists of ten of all items, for one user and for many, beside the bare reading of the items' rows; and similar items.
#include <algorithm>
#include <cstdint>
#include <vector>

#include <Eigen/Core>
#include <benchmark/benchmark.h>

#include <graft/core/thread_pool.hpp>
#include <graft/model/recommender.hpp>
#include <graft/serve/recommend.hpp>
#include <graft/serve/similar.hpp>

#include "../support/sizes.hpp"

namespace {

constexpr std::size_t num_users = 1024;

const graft::recommender<float>& model(std::size_t items, std::size_t dim) {
    static std::vector<std::pair<std::pair<std::size_t, std::size_t>, graft::recommender<float>>> made;
    for (const auto& [size, one] : made)
        if (size == std::pair(items, dim)) return one;
    made.clear(); // one at a time
    made.emplace_back(std::pair(items, dim), graft::recommender<float>(num_users, items, dim, {.seed = 1}));
    return made.back().second;
}

/// users, items, dim, threads
void top_ten(benchmark::State& state) {
    const auto items = static_cast<std::size_t>(bench::small() ? 2000 : state.range(1));
    const auto& of = model(items, static_cast<std::size_t>(state.range(2)));
    std::vector<graft::user_id> users;
    for (std::int64_t u = 0; u < state.range(0); ++u) users.push_back(static_cast<graft::user_id>(u));
    const graft::recommend_options options{.threads = static_cast<std::size_t>(state.range(3))};
    for (auto _ : state) benchmark::DoNotOptimize(graft::recommend(of, users, 10, options));
    state.counters["ms_per_user"] =
        benchmark::Counter(static_cast<double>(state.range(0)) * 1e-3,
                           benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}
BENCHMARK(top_ten)
    ->ArgNames({"users", "items", "dim", "threads"})
    ->ArgsProduct({{1, 32, 1024}, {1'000'000}, {64}, {1, 2}})
    ->ArgsProduct({{1, 1024}, {3706, 50'000}, {64, 128}, {1}})
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

/// The floor of a list for one user: the rows alone, read once.
void floor_read(benchmark::State& state) {
    const auto items = static_cast<std::size_t>(bench::small() ? 2000 : 1'000'000);
    const auto& store = model(items, 64).items().store();
    graft::thread_pool pool(static_cast<std::size_t>(state.range(0)));
    using row = Eigen::Array<float, 64, 1>;
    std::vector<row, Eigen::aligned_allocator<row>> largest(pool.size());
    for (auto _ : state) {
        pool.run([&](std::size_t index) {
            row most = row::Zero();
            for (std::size_t r = items * index / pool.size(); r < items * (index + 1) / pool.size(); ++r)
                most = most.max(row::Map(store.row(r)));
            largest[index] = most;
        });
        benchmark::DoNotOptimize(largest.data());
    }
}
BENCHMARK(floor_read)->ArgName("threads")->Arg(1)->Arg(2)->UseRealTime()->Unit(benchmark::kMillisecond);

void similar(benchmark::State& state) {
    const auto items = static_cast<std::size_t>(bench::small() ? 2000 : 1'000'000);
    const auto& of = model(items, 64);
    std::vector<graft::item_id> ids;
    for (std::int64_t i = 0; i < state.range(0); ++i) ids.push_back(static_cast<graft::item_id>(i));
    for (auto _ : state) benchmark::DoNotOptimize(graft::similar_items(of, ids, 10, {.threads = 2}));
}
BENCHMARK(similar)->ArgName("items")->Arg(1)->Arg(1024)->UseRealTime()->Unit(benchmark::kMillisecond);

} // namespace
