// Ranked lists from clicks: who met what, without ratings.
#include <cstdio>
#include <iostream>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include <graft/graft.hpp>

namespace {

enum class method { als, squared_error, bpr, softmax };

struct settings {
    std::string clicks = GRAFT_EXAMPLE_DATA "/ratings.tsv";
    std::string items;
    method how = method::softmax;
    std::size_t dim = 64;
    std::size_t epochs = 20;
    std::size_t negatives = 16;
    double lr = 2e-3;
    double l2 = 0.01;
    double holdout = 0.2;
    std::uint64_t seed = 7;
    std::size_t threads = 0;
    std::size_t users = 3;
    std::size_t top = 10;
};

/// Each click against negatives that are drawn anew in every epoch. A tenth of the clicks decides on the best epoch.
template <class Loss, class Model>
void fit(Model& model, const graft::interactions& clicks, const settings& s) {
    const auto parts = graft::split(clicks, graft::holdout{.fraction = 0.1, .seed = s.seed});
    graft::fit(model, parts.train,
               graft::fit_options<graft::adam, Loss>{
                   .epochs = s.epochs,
                   .optimizer = {.lr = s.lr},
                   .schedule = graft::cosine_decay{},
                   .l2 = s.l2,
                   .negatives = {.per_positive = s.negatives},
                   .row_l2 = 0,
                   .monitor = graft::watch_ndcg(model, parts.train, parts.valid, 10, s.threads),
                   .patience = 5,
                   .seed = s.seed,
                   .threads = s.threads},
               graft::log_to(std::cout));
}

void print_metrics(const char* name, const graft::ranking& judged) {
    const auto& ten = judged.at(10);
    std::printf("  %-14s HR %.4f  recall %.4f  NDCG %.4f  coverage %.2f\n", name, ten.hit_rate, ten.recall,
                ten.ndcg, ten.coverage);
}

/// The metrics of a trained model, and some of its lists.
template <class Model>
void show(const Model& model, const graft::interactions& clicks, const graft::split_parts& parts,
          const settings& s) {
    const auto& [known, test] = parts;
    const graft::ranking_options judged{.at = {10}, .threads = s.threads};
    std::printf("lists of 10 of all items not met before, judged by the %zu held out clicks:\n", test.size());
    print_metrics("most popular", graft::evaluate_ranking(graft::most_popular(known), known, test, judged));
    print_metrics("this model", graft::evaluate_ranking(model, known, test, judged));

    std::optional<graft::catalog> catalog;
    if (!s.items.empty()) catalog = graft::read_catalog(s.items);
    std::vector<graft::user_id> users;
    for (std::size_t u = 0; u < std::min(s.users, clicks.num_users()); ++u)
        users.push_back(static_cast<graft::user_id>(u));
    const auto lists =
        graft::recommend(model, users, s.top, graft::unseen_in(clicks), {.threads = s.threads});
    for (std::size_t k = 0; k < users.size(); ++k) {
        std::printf("for user %s:\n", std::string(clicks.id_of(users[k])).c_str());
        for (const auto& [item, score] : lists[k]) {
            const std::string id(clicks.id_of(item));
            const std::string title =
                catalog && catalog->find(id) ? std::string(catalog->title(id)) : "item " + id;
            std::printf("  %.2f  %s\n", static_cast<double>(score), title.c_str());
        }
    }
}

void run(const settings& s) {
    const auto clicks =
        graft::read_ratings(s.clicks, {.read_values = false, .duplicates = graft::duplicates::keep_first});
    const auto parts = graft::split(clicks, graft::holdout{.fraction = s.holdout, .seed = s.seed});
    std::printf("%s%zu clicks of %zu users on %zu items; %zu to train on, %zu held out\n",
                s.clicks == settings{}.clicks ? "synthetic data: " : "", clicks.size(), clicks.num_users(),
                clicks.num_items(), parts.train.size(), parts.valid.size());
    std::fflush(stdout);

    const graft::init start{.stddev = 0.05, .seed = s.seed};
    if (s.how == method::als) {
        graft::recommender<float> model(clicks.num_users(), clicks.num_items(), s.dim, start);
        graft::fit_als(model, parts.train, {.epochs = s.epochs, .threads = s.threads});
        return show(model, clicks, parts, s);
    }
    graft::recommender<float, Eigen::Dynamic, graft::cpu, graft::biased> model(
        clicks.num_users(), clicks.num_items(), s.dim, start);
    if (s.how == method::squared_error) fit<graft::squared_error>(model, parts.train, s);
    if (s.how == method::bpr) fit<graft::bpr>(model, parts.train, s);
    if (s.how == method::softmax) fit<graft::softmax>(model, parts.train, s);
    show(model, clicks, parts, s);
}

} // namespace

int main(int argc, char** argv) {
    settings s;
    CLI::App app("Learns from clicks which items to show to whom.\n"
                 "Without arguments it runs on the synthetic data that come with graft.");
    app.add_option("clicks", s.clicks,
                   "a table of users and items, one click a line; values are not looked at")
        ->capture_default_str();
    app.add_option("--items", s.items, "titles: CSV with a header, u.item, '::'");
    app.add_option(
           "--method", s.how,
           "als: alternating least squares; squared_error, bpr, softmax: each click against negatives")
        ->transform(
            CLI::CheckedTransformer(std::map<std::string, method>{{"als", method::als},
                                                                  {"squared_error", method::squared_error},
                                                                  {"bpr", method::bpr},
                                                                  {"softmax", method::softmax}}))
        ->default_str("softmax");
    app.add_option("--dim", s.dim, "numbers per embedding")->capture_default_str();
    app.add_option("--epochs", s.epochs, "passes over the clicks, at most")->capture_default_str();
    app.add_option("--negatives", s.negatives, "drawn for each click in every epoch; not of als")
        ->capture_default_str();
    app.add_option("--lr", s.lr, "learning rate of Adam; not of als")->capture_default_str();
    app.add_option("--l2", s.l2, "weight of the squared factors and biases for each pair; not of als")
        ->capture_default_str();
    app.add_option("--holdout", s.holdout, "share of the clicks that is held out")->capture_default_str();
    app.add_option("--seed", s.seed, "of the split, the start, the order and the negatives")
        ->capture_default_str();
    app.add_option("--threads", s.threads, "0: all; the result is the same for any number")
        ->capture_default_str();
    app.add_option("--users", s.users, "for how many users lists are printed")->capture_default_str();
    app.add_option("--top", s.top, "how many recommendations")->capture_default_str();
    CLI11_PARSE(app, argc, argv);

    try {
        run(s);
    } catch (const graft::error& e) {
        std::fprintf(stderr, "implicit: %s\n", e.what());
        return 1;
    }
}
