// How near a training step comes to what the memory gives: the same bytes of the same random rows, read and
// written with nothing in between, in the same process. Prints "fraction", a step's rate over the rate of the
// rows alone.
#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include <Eigen/Core>
#include <benchmark/benchmark.h>

#include <graft/backend/cpu/pages.hpp>
#include <graft/core/thread_pool.hpp>
#include <graft/model/recommender.hpp>
#include <graft/optim/adam.hpp>
#include <graft/train/trainer.hpp>

#include "../support/sizes.hpp"

namespace {

using seconds = std::chrono::duration<double>;

/// Adds 1 to every number of the rows, batch by batch and sorted within a batch, as a step meets them.
class bare_rows {
public:
    bare_rows(std::size_t rows, std::size_t width) : width_(width), pages_(rows * width * sizeof(float)) {}

    void touch(const std::vector<std::uint32_t>& rows, std::size_t begin, std::size_t end) {
        for (std::size_t k = begin; k < end; ++k) { // the fastest of what was tried:
            if ((k - begin) % 16 == 0)              // the pages of a block of rows are looked up at once,
                for (std::size_t i = k + 24; i < (std::min)(k + 40, end); ++i) {
                    __builtin_prefetch(row(rows[i]), 0, 2);
                    __builtin_prefetch(row(rows[i]) + width_ - 1, 0, 2);
                }
            fetch<0, 2>(rows, k + 8, end); // a row comes into the second cache,
            fetch<1, 3>(rows, k + 2, end); // and from there into the first
            Eigen::Map<Eigen::ArrayXf>(row(rows[k]), static_cast<Eigen::Index>(width_)) += 1.0F;
        }
    }

private:
    template <int Write, int Locality>
    void fetch(const std::vector<std::uint32_t>& rows, std::size_t k, std::size_t end) {
        if (k >= end) return;
        for (std::size_t i = 0; i < width_; i += 16) __builtin_prefetch(row(rows[k]) + i, Write, Locality);
    }
    [[nodiscard]] float* row(std::size_t r) { return static_cast<float*>(pages_.data()) + r * width_; }

    std::size_t width_;
    graft::detail::pages pages_;
};

/// The distinct rows of each batch in ascending order, one batch after the other.
struct batches {
    std::vector<std::uint32_t> rows;
    std::vector<std::size_t> begin{0};

    batches(const auto& ids, std::size_t batch) {
        for (std::size_t k = 0; k < ids.size(); k += batch) {
            std::vector<std::uint32_t> one;
            for (std::size_t i = k; i < k + batch; ++i) one.push_back(static_cast<std::uint32_t>(ids[i]));
            std::sort(one.begin(), one.end());
            one.erase(std::unique(one.begin(), one.end()), one.end());
            rows.insert(rows.end(), one.begin(), one.end());
            begin.push_back(rows.size());
        }
    }
};

template <int Dim>
void fraction(benchmark::State& state, const bench::table_size& size, std::size_t dim, std::size_t batch,
              std::size_t threads) {
    const bench::random_interactions data(size, (std::size_t{1} << 18U) / batch * batch);
    const batches users(data.users, batch);
    const batches items(data.items, batch);
    const std::size_t steps = data.users.size() / batch;
    std::vector<double> losses(steps);

    std::vector<double> ours;
    std::vector<double> bare;
    {
        graft::recommender<float, Dim> model(size.users, size.items, dim);
        graft::trainer trainer(model, graft::adam{}, {.threads = threads});
        bare_rows user_rows(size.users, 3 * dim);
        bare_rows item_rows(size.items, 3 * dim);
        graft::thread_pool pool(threads);
        const auto step = [&] {
            trainer.train_checked({data.users, data.items, data.targets}, batch, losses);
        };
        const auto rows = [&] {
            pool.run([&](std::size_t t) {
                const auto part = [&](bare_rows& table, const batches& b, std::size_t s) {
                    const std::size_t count = b.begin[s + 1] - b.begin[s];
                    table.touch(b.rows, b.begin[s] + count * t / threads,
                                b.begin[s] + count * (t + 1) / threads);
                };
                for (std::size_t s = 0; s < steps; ++s) {
                    part(user_rows, users, s);
                    part(item_rows, items, s);
                }
            });
        };
        const auto time = [](const auto& f) {
            const auto start = std::chrono::steady_clock::now();
            f();
            return seconds(std::chrono::steady_clock::now() - start).count();
        };
        step();
        rows();
        for (auto _ : state) {
            ours.push_back(time(step));
            bare.push_back(time(rows));
            state.SetIterationTime(ours.back());
        }
    }
    const auto median = [](std::vector<double> v) {
        std::nth_element(v.begin(), v.begin() + static_cast<std::ptrdiff_t>(v.size() / 2), v.end());
        return v[v.size() / 2];
    };
    const auto n = static_cast<double>(data.users.size());
    const double bytes = static_cast<double>(users.rows.size() + items.rows.size()) *
                         static_cast<double>(3 * dim * sizeof(float)) * 2;
    state.counters["interactions/s"] = n / median(ours);
    state.counters["GB/s"] = bytes / median(ours) / 1e9;
    state.counters["limit_GB/s"] = bytes / median(bare) / 1e9;
    state.counters["fraction"] = median(bare) / median(ours);
}

template <int Dim>
void add(const std::string& name, std::size_t dim) {
    for (const auto& size : bench::sizes)
        for (const std::size_t batch : {1024U, 8192U})
            for (const std::size_t threads : {1U, 2U}) {
                if (bench::small() && (size.users > 1000 || dim != 64 || batch != 1024)) continue;
                const auto full =
                    name + "/" + size.name + "/" + std::to_string(batch) + "/" + std::to_string(threads);
                const auto run = [&size, dim, batch, threads](benchmark::State& state) {
                    fraction<Dim>(state, size, dim, batch, threads);
                };
                benchmark::RegisterBenchmark(full.c_str(), run)->UseManualTime();
            }
}

const bool added = [] {
    add<64>("adam<64>", 64);
    add<100>("adam<100>", 100);
    add<Eigen::Dynamic>("adam<Dynamic>(64)", 64);
    return true;
}();

} // namespace
