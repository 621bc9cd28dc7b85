// A model that goes on from day to day: yesterday's is loaded, today's ratings are read against its ids, new users and
// items get rows, training goes on, and the model is saved. Beside it, training on all ratings from scratch.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include <graft/graft.hpp>

namespace {

using model_type = graft::recommender<float, Eigen::Dynamic, graft::default_backend, graft::biased>;

struct settings {
    std::string ratings = GRAFT_EXAMPLE_DATA "/ratings.tsv";
    std::string items = GRAFT_EXAMPLE_DATA "/items.csv";
    std::string vectors = GRAFT_EXAMPLE_DATA "/vectors.txt";
    std::string folder = "nightly";
    double day2 = 0.1;
    double tomorrow = 0.1;
    std::size_t dim = 64;
    std::size_t epochs = 25;
    std::size_t more_epochs = 2;
    double more_lr = 2e-3;
    std::size_t threads = 1;
};

class stopwatch {
public:
    [[nodiscard]] double seconds() const {
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
    }

private:
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

/// Ratings as a file of a day, which has no rows but ids.
void write_ratings(const std::filesystem::path& path, const graft::interactions& all,
                   std::span<const std::size_t> places) {
    std::ofstream out(path);
    for (const auto k : places)
        out << all.id_of(all.users()[k]) << '\t' << all.id_of(all.items()[k]) << '\t' << all.values()[k]
            << '\t' << all.times()[k] << '\n';
    if (!out) throw graft::io_error("cannot write " + path.string());
}

/// One file for each of the days, in the order of time; a tenth of the first two goes to a file to judge by.
void write_days(const settings& s) {
    const auto all = graft::read_ratings(s.ratings);
    if (all.times().empty()) throw graft::argument_error("the ratings need times");
    std::vector<std::size_t> order(all.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return all.times()[a] < all.times()[b]; });
    const auto size = static_cast<double>(all.size());
    const auto tomorrow = order.size() - static_cast<std::size_t>(size * s.tomorrow);
    const auto day2 = tomorrow - static_cast<std::size_t>(size * s.day2);
    std::vector<std::size_t> days[3];
    std::vector<std::size_t> held_out;
    for (std::size_t i = 0; i < order.size(); ++i) {
        const std::size_t day = i < day2 ? 0 : i < tomorrow ? 1 : 2;
        (day < 2 && i % 10 == 9 ? held_out : days[day]).push_back(order[i]);
    }
    write_ratings(s.folder + "/day1.tsv", all, days[0]);
    write_ratings(s.folder + "/day2.tsv", all, days[1]);
    write_ratings(s.folder + "/held_out.tsv", all, held_out);
    write_ratings(s.folder + "/tomorrow.tsv", all, days[2]);
}

graft::fit_options<graft::adam> options_of(const settings& s) {
    return {.epochs = s.epochs,
            .optimizer = {.lr = 2e-3},
            .l2 = 0.1,
            .row_l2 = 0,
            .seed = 7,
            .threads = s.threads};
}

/// Two days' ratings together; the later ones were read against the earlier ones' ids.
graft::interactions together(const graft::interactions& a, const graft::interactions& b) {
    const auto joined = [](auto x, auto y) {
        std::vector<std::remove_const_t<typename decltype(x)::element_type>> both(x.begin(), x.end());
        both.insert(both.end(), y.begin(), y.end());
        return both;
    };
    return graft::interactions::from_columns(joined(a.users(), b.users()), joined(a.items(), b.items()),
                                             joined(a.values(), b.values()), joined(a.times(), b.times()),
                                             b.shared_user_ids(), b.shared_item_ids());
}

/// Gives the items from row `first` on the factors and the bias that their titles promise: a linear map, fitted on
/// the items before them, of the mean vectors of titles. Returns how many got some.
std::size_t seed_new_items(model_type& model, std::size_t first, const graft::interactions& known,
                           const settings& s) {
    auto& table = model.items();
    if (s.vectors.empty() || s.items.empty() || first == table.rows()) return 0;
    const auto titles =
        graft::read_catalog(s.items, {.rows_of = model, .unknown_ids = graft::unknown_ids::skip});
    const auto texts = graft::text_vectors(graft::read_vectors(s.vectors, {.limit = 20'000}), titles,
                                           *model.shared_item_ids());
    std::vector<double> ratings(table.rows(), 0.0);
    for (const auto item : known.items()) ratings[graft::row_of(item)] += 1;
    graft::linear_map::matrix_type rows(static_cast<Eigen::Index>(table.rows()),
                                        static_cast<Eigen::Index>(table.dim() + 1));
    graft::row_vectors fresh(table.rows(), texts.dim());
    for (std::size_t r = 0; r < table.rows(); ++r) {
        rows.row(static_cast<Eigen::Index>(r)) = graft::row_and_bias(table, r).cast<float>();
        if (r >= first && texts.found(r)) fresh.set(r, texts.row(r));
    }
    const double penalty = graft::choose_penalty(texts, rows, ratings);
    graft::seed_mapped(graft::fit_linear_map(texts, rows, ratings, penalty), fresh, table);
    return fresh.num_found();
}

void run(const settings& s) {
    const std::string folder = s.folder;
    std::filesystem::create_directories(folder);
    write_days(s);

    { // yesterday
        const auto day1 = graft::read_ratings(folder + "/day1.tsv");
        model_type model(day1.num_users(), day1.num_items(), s.dim, {.stddev = 0.05, .seed = 7});
        graft::fit(model, day1, options_of(s));
        graft::save(model, folder + "/model.safetensors");
        std::printf("day 1: %zu ratings of %zu users and %zu items\n", day1.size(), day1.num_users(),
                    day1.num_items());
    }

    const stopwatch nightly;
    auto model = graft::load<model_type>(folder + "/model.safetensors");
    const auto day1 = graft::read_ratings(folder + "/day1.tsv", {.rows_of = model});
    graft::table_report rows;
    const auto day2 = graft::read_ratings(folder + "/day2.tsv", {.rows_of = model, .report = &rows});
    const std::size_t old_items = model.num_items();
    model = graft::grow(model, day2, {.stddev = 0.05, .seed = 8});
    const auto seeded = seed_new_items(model, old_items, day1, s);
    auto options = options_of(s);
    options.epochs = s.more_epochs;
    options.optimizer.lr = s.more_lr;
    graft::fit(model, together(day1, day2), options);
    graft::save(model, folder + "/model.safetensors");
    const double nightly_seconds = nightly.seconds();
    std::printf("day 2: %zu ratings, %zu new users, %zu new items, of which %zu start from their titles\n",
                day2.size(), rows.new_users, rows.new_items, seeded);

    const stopwatch scratch;
    const auto both = together(graft::read_ratings(folder + "/day1.tsv", {.rows_of = model}),
                               graft::read_ratings(folder + "/day2.tsv", {.rows_of = model}));
    model_type anew(both.num_users(), both.num_items(), s.dim, {.stddev = 0.05, .seed = 7});
    graft::fit(anew, both, options_of(s));
    graft::save(anew, folder + "/anew.safetensors");
    const double scratch_seconds = scratch.seconds();

    const graft::clip scale{both.min(), both.max()};
    const graft::mean_and_biases biases(both);
    std::printf("from scratch %.2f s, gone on %.2f s: %.0f %% of the time\n", scratch_seconds,
                nightly_seconds, 100 * nightly_seconds / scratch_seconds);
    for (const auto& [file, what] :
         {std::pair("held_out", "of both days, held out"), std::pair("tomorrow", "of the next day")}) {
        graft::table_report report;
        const auto test = graft::read_ratings(
            folder + "/" + file + ".tsv",
            {.rows_of = model, .unknown_ids = graft::unknown_ids::skip, .report = &report});
        const double from_scratch = graft::evaluate(anew, test, scale).rmse;
        const double gone_on = graft::evaluate(model, test, scale).rmse;
        std::printf("%zu ratings %s (and %zu of users or items that are unknown)\n", test.size(), what,
                    report.unknown);
        std::printf("  RMSE: mean + biases %.4f, from scratch %.4f, gone on %.4f (%+.4f)\n",
                    graft::evaluate(biases, test, scale).rmse, from_scratch, gone_on, gone_on - from_scratch);
    }
}

} // namespace

int main(int argc, char** argv) {
    settings s;
    CLI::App app("Trains on the first days' ratings, goes on with the next day's, and compares with training "
                 "from scratch.\nWithout arguments it runs on the synthetic data that come with graft.");
    app.add_option("--ratings", s.ratings, "ratings with times")->capture_default_str();
    app.add_option("--items", s.items, "titles, or \"\"")->capture_default_str();
    app.add_option("--vectors", s.vectors, "pretrained vectors for new items' titles, or \"\"")
        ->capture_default_str();
    app.add_option("--folder", s.folder, "where the days' files and the models go")->capture_default_str();
    app.add_option("--day2", s.day2, "share of the ratings that come on day 2")->capture_default_str();
    app.add_option("--tomorrow", s.tomorrow, "share of the ratings after it")->capture_default_str();
    app.add_option("--dim", s.dim, "numbers per embedding")->capture_default_str();
    app.add_option("--epochs", s.epochs, "of training from scratch")->capture_default_str();
    app.add_option("--more-epochs", s.more_epochs, "of going on")->capture_default_str();
    app.add_option("--more-lr", s.more_lr, "learning rate of going on")->capture_default_str();
    app.add_option("--threads", s.threads, "0: all; the result is the same for any number")
        ->capture_default_str();
    CLI11_PARSE(app, argc, argv);
    try {
        run(s);
    } catch (const graft::error& e) {
        std::fprintf(stderr, "nightly: %s\n", e.what());
        return 1;
    }
}
