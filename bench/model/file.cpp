// A model's file: writing it, beside the bare writing and syncing of as many bytes; loading it; mapping it, and the
// first list of a mapped model, beside the bare reading of its items.
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include <graft/data/id_map.hpp>
#include <graft/io/atomic_file.hpp>
#include <graft/model/load.hpp>
#include <graft/model/mapped_recommender.hpp>
#include <graft/model/recommender.hpp>
#include <graft/model/save.hpp>
#include <graft/serve/recommend.hpp>

#include "../support/sizes.hpp"

namespace {

using model_type = graft::recommender<float>;

/// A model, its file and its size, of the last size that was asked for.
struct saved_model {
    explicit saved_model(const bench::table_size& size)
        : model(size.users, size.items, 64, {.stddev = 0.1}),
          path(std::filesystem::temp_directory_path() /
               ("graft_bench_" + std::string(size.name) + ".safetensors")) {
        const auto numbered = [](std::size_t rows) {
            return std::make_shared<const graft::id_map>(graft::id_map::numbered(rows));
        };
        model.set_ids(numbered(size.users), numbered(size.items));
        graft::save(model, path);
        bytes = std::filesystem::file_size(path);
    }
    saved_model(const saved_model&) = delete;
    saved_model& operator=(const saved_model&) = delete;
    ~saved_model() {
        std::error_code ignored;
        std::filesystem::remove(path, ignored);
    }

    static saved_model& of(benchmark::State& state) {
        static std::unique_ptr<saved_model> last;
        static const bench::table_size* of_last = nullptr;
        const auto& size = bench::sizes[bench::small() ? 0 : state.range(0)];
        if (of_last != &size) {
            last.reset();
            last = std::make_unique<saved_model>(size);
            of_last = &size;
        }
        state.SetLabel(size.name);
        return *last;
    }

    model_type model;
    std::filesystem::path path;
    std::uintmax_t bytes = 0;
};

void count_bytes(benchmark::State& state, std::uintmax_t bytes) {
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes));
}

void write_and_sync(benchmark::State& state) {
    const auto& saved = saved_model::of(state);
    const auto path = saved.path.string() + ".bare";
    const std::vector<char> block(std::size_t{1} << 20U, 'x');
    for (auto _ : state) {
        graft::detail::atomic_file file(path);
        for (auto left = saved.bytes; left > 0;) {
            const auto count = left < block.size() ? static_cast<std::size_t>(left) : block.size();
            file.write({block.data(), count});
            left -= count;
        }
        file.finish();
    }
    std::filesystem::remove(path);
    count_bytes(state, saved.bytes);
}

void save(benchmark::State& state) {
    const auto& saved = saved_model::of(state);
    for (auto _ : state) graft::save(saved.model, saved.path);
    count_bytes(state, saved.bytes);
}

void load(benchmark::State& state) {
    const auto& saved = saved_model::of(state);
    for (auto _ : state) benchmark::DoNotOptimize(graft::load<model_type>(saved.path).num_users());
    count_bytes(state, saved.bytes);
}

void map(benchmark::State& state) {
    const auto& saved = saved_model::of(state);
    for (auto _ : state) benchmark::DoNotOptimize(graft::map_model<float>(saved.path).user("7"));
}

void map_and_first_list(benchmark::State& state) {
    const auto& saved = saved_model::of(state);
    for (auto _ : state) {
        const auto mapped = graft::map_model<float>(saved.path);
        benchmark::DoNotOptimize(graft::recommend(mapped, mapped.user("7"), 10));
    }
    count_bytes(state, saved.model.num_items() * 64 * sizeof(float));
}

void map_and_read_items(benchmark::State& state) {
    const auto& saved = saved_model::of(state);
    for (auto _ : state) {
        const auto mapped = graft::map_model<float>(saved.path);
        float sum = 0;
        for (std::size_t i = 0; i < mapped.num_items(); ++i)
            sum += mapped.row(static_cast<graft::item_id>(i)).sum();
        benchmark::DoNotOptimize(sum);
    }
    count_bytes(state, saved.model.num_items() * 64 * sizeof(float));
}

void list_of_loaded(benchmark::State& state) {
    const auto& saved = saved_model::of(state);
    for (auto _ : state) benchmark::DoNotOptimize(graft::recommend(saved.model, graft::user_id{7}, 10));
    count_bytes(state, saved.model.num_items() * 64 * sizeof(float));
}

[[maybe_unused]] const bool registered = [] {
    struct {
        const char* name;
        void (*run)(benchmark::State&);
    } const all[] = {{"write_and_sync", write_and_sync},
                     {"save", save},
                     {"load", load},
                     {"map", map},
                     {"map_and_first_list", map_and_first_list},
                     {"map_and_read_items", map_and_read_items},
                     {"list_of_loaded", list_of_loaded}};
    for (const int size : {3, 4}) // XL; XXL, which takes 6 GB of memory
        for (const auto& one : all)
            benchmark::RegisterBenchmark(one.name, one.run)
                ->Arg(size)
                ->Unit(benchmark::kMillisecond)
                ->UseRealTime();
    return true;
}();

} // namespace
