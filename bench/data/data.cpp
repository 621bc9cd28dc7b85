#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include <graft/core/random.hpp>
#include <graft/data/negatives.hpp>
#include <graft/data/read_ratings.hpp>
#include <graft/data/split.hpp>
#include <graft/data/user_item_matrix.hpp>

namespace {

/// Ratings in the form of MovieLens' u.data, 1,000 users and 1,700 items, without repeated pairs.
const std::string& ratings_text() {
    static const std::string text = [] {
        const std::uint64_t wanted = std::getenv("GRAFT_BENCH_SMALL") != nullptr ? 1000 : 100000;
        graft::random_engine engine(1);
        std::vector<char> taken(1000 * 1700);
        std::string lines;
        for (std::uint64_t count = 0; count < wanted;) {
            const auto pair = graft::draw_below(engine, taken.size());
            if (taken[pair] != 0) continue;
            taken[pair] = 1;
            ++count;
            lines.append(std::to_string(pair / 1700 + 1))
                .append("\t")
                .append(std::to_string(pair % 1700 + 1));
            lines.append("\t").append(std::to_string(graft::draw_below(engine, 5) + 1)).append("\t");
            lines.append(std::to_string(874724710 + graft::draw_below(engine, 18561928))).append("\n");
        }
        return lines;
    }();
    return text;
}

const graft::interactions& ratings() {
    static const auto all = graft::parse_ratings(ratings_text(), "made");
    return all;
}

void count_entries(benchmark::State& state) {
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(ratings().size()));
}

void parse_ratings(benchmark::State& state) {
    for (auto _ : state) benchmark::DoNotOptimize(graft::parse_ratings(ratings_text(), "made").size());
    count_entries(state);
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(ratings_text().size()));
}
BENCHMARK(parse_ratings)->Unit(benchmark::kMillisecond);

/// A CSV with a header and ids of text in random order, on a number of threads.
void parse_text_ids(benchmark::State& state) {
    static const std::string text = [] {
        const std::uint64_t wanted = std::getenv("GRAFT_BENCH_SMALL") != nullptr ? 1000 : 1'000'000;
        graft::random_engine engine(1);
        std::string lines = "userId,movieId,rating,timestamp\n";
        for (std::uint64_t row = 0; row < wanted; ++row) {
            lines.append("u").append(std::to_string(graft::draw_below(engine, 100'000))).append(",item_");
            lines.append(std::to_string(graft::draw_below(engine, 30'000))).append(",3.5,1112486027\n");
        }
        return lines;
    }();
    const graft::ratings_options options{.duplicates = graft::duplicates::keep_first,
                                         .threads = static_cast<std::size_t>(state.range(0))};
    for (auto _ : state) benchmark::DoNotOptimize(graft::parse_ratings(text, "made", options).size());
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}
BENCHMARK(parse_text_ids)->Arg(1)->Arg(2)->Unit(benchmark::kMillisecond)->UseRealTime();

void split_holdout(benchmark::State& state) {
    for (auto _ : state) benchmark::DoNotOptimize(graft::split(ratings(), graft::holdout{}).train.size());
    count_entries(state);
}
BENCHMARK(split_holdout)->Unit(benchmark::kMillisecond);

void user_item_matrix(benchmark::State& state) {
    for (auto _ : state) benchmark::DoNotOptimize(graft::build_user_item_matrix(ratings()).values.valuePtr());
    count_entries(state);
}
BENCHMARK(user_item_matrix)->Unit(benchmark::kMillisecond);

void with_negatives(benchmark::State& state) {
    for (auto _ : state) benchmark::DoNotOptimize(graft::with_negatives(ratings(), 4, 1).size());
    count_entries(state);
}
BENCHMARK(with_negatives)->Unit(benchmark::kMillisecond);

} // namespace
