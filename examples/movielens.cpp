// Rating prediction and recommendations on MovieLens-like files, with and without pretrained vectors.
#include <chrono>
#include <cstdio>
#include <iostream>
#include <map>
#include <optional>
#include <string>

#include <CLI/CLI.hpp>

#include <graft/graft.hpp>

namespace {

enum class seeding { none, rows, keys };
enum class scoring { dot, biased };

struct settings {
    std::string ratings = GRAFT_EXAMPLE_DATA "/ratings.tsv";
    std::string items = GRAFT_EXAMPLE_DATA "/items.csv";
    std::string vectors;
    seeding seed_from = seeding::none;
    scoring scorer = scoring::biased;
    std::size_t dim = 64;
    std::size_t epochs = 20;
    std::size_t batch = 256;
    double lr = 1e-3;
    double l2 = 0.05;
    double row_l2 = 6;
    double init = 0.05;
    double holdout = 0.1;
    std::uint64_t seed = 7;
    std::size_t threads = 1;
    std::string user;
    std::size_t top = 10;
    std::string save;
};

void print_errors(const char* name, const graft::rating_error& e) {
    std::printf("  %-16s  RMSE %.4f  MAE %.4f\n", name, e.rmse, e.mae);
}

template <class Model>
void seed_users(Model& model, const settings& s, const graft::interactions& ratings) {
    if (s.seed_from == seeding::none) return;
    if (s.vectors.empty()) throw graft::argument_error("--seed-from needs --vectors");
    if (s.seed_from == seeding::rows) {
        const auto vectors = graft::read_vectors(s.vectors, {.limit = model.num_users()});
        const auto report = graft::transfer(vectors, model.users(), graft::by_row{.allow_missing = true});
        std::printf("coverage: %zu of %zu users start from a vector of %s\n", report.seeded, report.rows,
                    s.vectors.c_str());
    } else {
        const auto vectors = graft::read_vectors(s.vectors);
        const auto report = graft::transfer(vectors, model.items(), graft::by_key{ratings.item_ids(), true});
        std::printf("coverage: %zu of %zu items have an id that is a word of %s\n", report.seeded,
                    report.rows, s.vectors.c_str());
    }
}

template <class Scorer>
void run(const settings& s) {
    const auto ratings = graft::read_ratings(s.ratings);
    std::optional<graft::catalog> catalog;
    if (!s.items.empty()) catalog = graft::read_catalog(s.items);
    const auto [train, valid] = graft::split(ratings, graft::holdout{.fraction = s.holdout, .seed = s.seed});
    std::printf("%s%zu ratings of %zu users and %zu items; %zu to train on, %zu held out\n",
                s.ratings == settings{}.ratings ? "synthetic data: " : "", ratings.size(),
                ratings.num_users(), ratings.num_items(), train.size(), valid.size());

    graft::recommender<float, Eigen::Dynamic, graft::default_backend, Scorer> model(
        ratings.num_users(), ratings.num_items(), s.dim, {.stddev = s.init, .seed = s.seed});
    seed_users(model, s, ratings);
    std::fflush(stdout);
    graft::fit(model, train, valid,
               {.epochs = s.epochs,
                .batch_size = s.batch,
                .optimizer = {.lr = s.lr},
                .l2 = s.l2,
                .row_l2 = s.row_l2,
                .keep_best = false,
                .seed = s.seed,
                .threads = s.threads},
               graft::log_to(std::cout));

    const graft::clip scale{ratings.min(), ratings.max()};
    std::printf("on the %zu held out ratings, scores clipped to [%g, %g]:\n", valid.size(), scale.low,
                scale.high);
    print_errors("global mean", graft::evaluate(graft::global_mean(train), valid, scale));
    print_errors("mean + biases", graft::evaluate(graft::mean_and_biases(train), valid, scale));
    print_errors("this model", graft::evaluate(model, valid, scale));

    if (!s.save.empty()) {
        graft::save(model, s.save);
        std::printf("the model is in %s\n", s.save.c_str());
    }
    const auto user = s.user.empty() ? ratings.users().front() : ratings.user(s.user);
    std::printf("for user %s:\n", std::string(ratings.id_of(user)).c_str());
    for (const auto& [item, score] : graft::recommend(model, user, s.top, graft::unseen_in(ratings))) {
        const std::string id(ratings.id_of(item));
        const std::string title =
            catalog && catalog->find(id) ? std::string(catalog->title(id)) : "item " + id;
        std::printf("  %.2f  %s\n", static_cast<double>(score), title.c_str());
    }
}

} // namespace

int main(int argc, char** argv) {
    settings s;
    CLI::App app(
        "Trains a recommender on ratings, optionally from pretrained vectors, and shows what it learned.\n"
        "Without arguments it runs on the synthetic data that come with graft.");
    app.add_option("--ratings", s.ratings, "ratings: u.data, '::' or CSV/TSV with a header")
        ->capture_default_str();
    app.add_option("--items", s.items, "titles: u.item, '::' or CSV with a header")->capture_default_str();
    app.add_option("--vectors", s.vectors,
                   "pretrained vectors: GloVe, word2vec or fastText, plain or gzipped");
    app.add_option(
           "--seed-from", s.seed_from,
           "rows: the first vectors to the first users, keys: vectors to the items whose id is their word")
        ->transform(CLI::CheckedTransformer(std::map<std::string, seeding>{
            {"none", seeding::none}, {"rows", seeding::rows}, {"keys", seeding::keys}}))
        ->default_str("none");
    app.add_option("--scorer", s.scorer, "dot: p.q, biased: mean + biases + p.q")
        ->transform(CLI::CheckedTransformer(
            std::map<std::string, scoring>{{"dot", scoring::dot}, {"biased", scoring::biased}}))
        ->default_str("biased");
    app.add_option("--dim", s.dim, "numbers per embedding; that of the vectors, if they seed")
        ->capture_default_str();
    app.add_option("--epochs", s.epochs, "passes over the training ratings")->capture_default_str();
    app.add_option("--batch", s.batch, "ratings per step")->capture_default_str();
    app.add_option("--lr", s.lr, "learning rate of Adam")->capture_default_str();
    app.add_option("--l2", s.l2, "weight of the squared factors and biases")->capture_default_str();
    app.add_option("--row-l2", s.row_l2, "the same for each row, however many ratings it has")
        ->capture_default_str();
    app.add_option("--init", s.init, "deviation of the factors at the start")->capture_default_str();
    app.add_option("--holdout", s.holdout, "share of the ratings that is held out")->capture_default_str();
    app.add_option("--seed", s.seed, "of the split, the start and the order")->capture_default_str();
    app.add_option("--threads", s.threads, "0: all; the result is the same for any number")
        ->capture_default_str();
    app.add_option("--user", s.user, "id of the user to recommend for (default: the first one)");
    app.add_option("--top", s.top, "how many recommendations")->capture_default_str();
    app.add_option("--save", s.save, "a file for the model, with the ids of its rows");
    CLI11_PARSE(app, argc, argv);

    try {
        if (s.scorer == scoring::dot)
            run<graft::dot>(s);
        else
            run<graft::biased>(s);
    } catch (const graft::error& e) {
        std::fprintf(stderr, "movielens: %s\n", e.what());
        return 1;
    }
}
