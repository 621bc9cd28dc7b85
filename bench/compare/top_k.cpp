// Exact lists for top_k.py: the same rows as it gives to Faiss.
//   compare_top_k USERS ITEMS DIM K THREADS ROUNDS
// Prints, as medians of the rounds, milliseconds a user for lists of all users, for one user's list, and for reading the
// items' rows once; and the lists of the first users.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include <Eigen/Core>

#include <graft/core/thread_pool.hpp>
#include <graft/model/recommender.hpp>
#include <graft/serve/recommend.hpp>

#include "../support/mix.hpp"

namespace {

/// As top_k.py makes them.
std::vector<float> weights(std::size_t count, std::uint64_t stream) {
    std::vector<float> all(count);
    for (std::size_t i = 0; i < count; ++i) all[i] = bench::first_weight(stream, i);
    return all;
}

/// The median of some rounds, in milliseconds.
template <class Work>
double time_of(std::size_t rounds, const Work& work) {
    using clock = std::chrono::steady_clock;
    std::vector<double> times;
    for (std::size_t r = 0; r < rounds; ++r) {
        const auto begin = clock::now();
        work(r);
        times.push_back(std::chrono::duration<double, std::milli>(clock::now() - begin).count());
    }
    std::sort(times.begin(), times.end());
    return times[times.size() / 2];
}

/// The largest number of the rows, so that they are read.
float read_rows(const graft::recommender<float>& model, graft::thread_pool& pool) {
    constexpr Eigen::Index wide = 16;
    const auto rows = graft::default_backend::host_rows(model.items().store());
    const std::size_t width = model.items().dim();
    std::vector<float> largest(pool.size());
    pool.run([&](std::size_t index) {
        Eigen::Array<float, wide, 1> most = Eigen::Array<float, wide, 1>::Zero();
        for (std::size_t r = rows.rows * index / pool.size(); r < rows.rows * (index + 1) / pool.size(); ++r)
            for (std::size_t i = 0; i + wide <= width; i += wide)
                most = most.max(Eigen::Array<float, wide, 1>::Map(rows.row(r) + i));
        largest[index] = most.maxCoeff();
    });
    return *std::max_element(largest.begin(), largest.end());
}

} // namespace

int main(int argc, char** argv) {
    if (argc != 7) {
        std::fprintf(stderr, "compare_top_k USERS ITEMS DIM K THREADS ROUNDS\n");
        return 2;
    }
    const auto number = [&](int i) { return static_cast<std::size_t>(std::strtoull(argv[i], nullptr, 10)); };
    const std::size_t num_users = number(1), num_items = number(2), dim = number(3), k = number(4);
    graft::recommender<float> model(num_users, num_items, dim, {.stddev = 0});
    model.users().set_weights(weights(num_users * dim, 4));
    model.items().set_weights(weights(num_items * dim, 5));
    std::vector<graft::user_id> users;
    for (std::size_t u = 0; u < num_users; ++u) users.push_back(static_cast<graft::user_id>(u));
    const graft::recommend_options options{.threads = number(5)};

    graft::recommendations<float> lists;
    const double batch =
        time_of(number(6), [&](std::size_t) { lists = graft::recommend(model, users, k, options); });
    const double single = time_of(5 * number(6), [&](std::size_t r) {
        (void)graft::recommend(model, users[r % users.size()], k, options);
    });
    graft::thread_pool pool(options.threads);
    float largest = 0;
    const double read = time_of(5 * number(6), [&](std::size_t) { largest = read_rows(model, pool); });

    std::printf(
        "{\"batch_ms\": %.6g, \"single_ms\": %.6g, \"read_ms\": %.6g, \"largest\": %.6g, \"lists\": [",
        batch / static_cast<double>(num_users), single, read, static_cast<double>(largest));
    for (std::size_t u = 0; u < (std::min)(num_users, std::size_t{20}); ++u) {
        std::printf("%s[", u == 0 ? "" : ", ");
        for (std::size_t i = 0; i < lists[u].size(); ++i)
            std::printf("%s%u", i == 0 ? "" : ", ", static_cast<unsigned>(lists[u][i].item));
        std::printf("]");
    }
    std::printf("]}\n");
}
