// Hands the items of a model to an index of nearest neighbours (hnswlib), and compares its lists with the exact ones.
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <hnswlib/hnswlib.h>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include <graft/data/read_ratings.hpp>
#include <graft/model/load.hpp>
#include <graft/model/recommender.hpp>
#include <graft/serve/index_points.hpp>
#include <graft/serve/recommend.hpp>
#include <graft/train/fit.hpp>
#include <graft/vectors/write_vectors.hpp>

namespace {

struct settings {
    std::string ratings = GRAFT_EXAMPLE_DATA "/ratings.tsv";
    std::string model;
    std::string out;
    std::size_t dim = 32;
    std::size_t epochs = 5;
    std::size_t users = 1000;
    std::size_t links = 16;
    std::size_t build = 200;
    std::size_t look_at = 100;
};

using model_type = graft::recommender<float, Eigen::Dynamic, graft::cpu, graft::biased>;

class stopwatch {
public:
    [[nodiscard]] double seconds() const {
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
    }

private:
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

model_type make_model(const settings& s) {
    if (!s.model.empty()) return graft::load<model_type>(s.model);
    const auto ratings = graft::read_ratings(s.ratings);
    model_type model(ratings.num_users(), ratings.num_items(), s.dim, {.stddev = 0.05, .seed = 7});
    graft::fit(model, ratings, {.epochs = s.epochs, .optimizer = {.lr = 5e-3}, .l2 = 0.1});
    return model;
}

void run(const settings& s) {
    const auto model = make_model(s);
    const auto points = graft::index_points(model);
    if (!s.out.empty()) { // for programs elsewhere
        graft::write_vectors(s.out + ".npy", points, graft::vector_format::npy, s.out + ".ids.txt");
        graft::write_vectors(s.out + ".fvecs", points, graft::vector_format::fvecs, s.out + ".fvecs.ids.txt");
    }

    const stopwatch building;
    hnswlib::L2Space space(points.dim());
    hnswlib::HierarchicalNSW<float> index(&space, points.size(), s.links, s.build);
    for (std::size_t i = 0; i < points.size(); ++i) index.addPoint(points.row(i).data(), i);
    index.setEf((std::max)(s.look_at, std::size_t{10}));
    std::printf("an index of %zu items, %zu numbers each: built in %.3f s\n", points.size(), points.dim(),
                building.seconds());

    std::vector<graft::user_id> users;
    for (std::size_t u = 0; u < (std::min)(s.users, model.num_users()); ++u)
        users.push_back(static_cast<graft::user_id>(u));
    constexpr std::size_t k = 10;
    const stopwatch exact_time;
    const auto exact = graft::recommend(model, users, k);
    const double exact_seconds = exact_time.seconds();

    const stopwatch index_time;
    const auto queries = graft::index_queries(model, users);
    std::size_t found = 0;
    std::size_t wanted = 0;
    std::vector<std::vector<std::size_t>> lists(users.size());
    for (std::size_t u = 0; u < users.size(); ++u)
        for (auto nearest = index.searchKnn(queries.row(static_cast<Eigen::Index>(u)).data(), k);
             !nearest.empty(); nearest.pop())
            lists[u].push_back(nearest.top().second);
    const double index_seconds = index_time.seconds();

    for (std::size_t u = 0; u < users.size(); ++u)
        for (const auto& [item, score] : exact[u]) {
            ++wanted;
            found +=
                static_cast<std::size_t>(std::count(lists[u].begin(), lists[u].end(), graft::row_of(item)));
        }
    const auto each = [&](double seconds) { return 1e6 * seconds / static_cast<double>(users.size()); };
    std::printf(
        "lists of %zu for %zu users\n  exact  %8.1f us each\n  index  %8.1f us each, recall@%zu %.4f\n", k,
        users.size(), each(exact_seconds), each(index_seconds), k,
        static_cast<double>(found) / static_cast<double>(wanted));
}

} // namespace

int main(int argc, char** argv) {
    settings s;
    CLI::App app("Builds an index of a model's items and compares its lists with exact ones.\n"
                 "Without arguments it runs on the synthetic data that come with graft.");
    app.add_option("--ratings", s.ratings, "ratings to train on")->capture_default_str();
    app.add_option("--model", s.model, "a saved model of floats with biases, instead");
    app.add_option("--out", s.out, "write the items' points to OUT.npy and OUT.fvecs, ids beside them");
    app.add_option("--dim", s.dim, "numbers per embedding")->capture_default_str();
    app.add_option("--epochs", s.epochs, "passes over the ratings")->capture_default_str();
    app.add_option("--users", s.users, "to make lists for")->capture_default_str();
    app.add_option("--links", s.links, "of each point in the index (M)")->capture_default_str();
    app.add_option("--build", s.build, "candidates while it is built (ef_construction)")
        ->capture_default_str();
    app.add_option("--look-at", s.look_at, "candidates of a query (ef)")->capture_default_str();
    CLI11_PARSE(app, argc, argv);
    try {
        run(s);
    } catch (const std::exception& e) {
        std::fprintf(stderr, "index: %s\n", e.what());
        return 1;
    }
}
