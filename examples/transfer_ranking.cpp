// What texts of items are worth to ranked lists: alternating least squares on clicks whose item rows are drawn to what
// pretrained vectors say, each arm beside its control. Items that nobody clicked yet are the case that texts are for.
#include <algorithm>
#include <cstdio>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include <graft/graft.hpp>

namespace {

struct settings {
    std::string clicks = GRAFT_EXAMPLE_DATA "/ratings.tsv";
    std::string items = GRAFT_EXAMPLE_DATA "/items.csv";
    std::string vectors = GRAFT_EXAMPLE_DATA "/vectors.txt";
    std::size_t dim = 64;
    std::size_t rounds = 4;
    double l2 = 0.008;
    std::size_t parts = 5;
    std::size_t top = 20;
    std::uint64_t seed = 0;
    std::size_t threads = 0;
};

enum class arm { random, text, adapter };
constexpr const char* arm_names[] = {"random start", "text seeding", "adapter"};
constexpr std::pair<arm, bool> all_arms[] = {
    {arm::random, false}, {arm::text, false}, {arm::text, true}, {arm::adapter, false}, {arm::adapter, true}};

using model = graft::recommender<float>;

/// The vectors of the items' texts, and how many clicks of training each item has.
struct texts {
    graft::row_vectors seeds{0, 0};    ///< mean word vectors
    graft::row_vectors features{0, 0}; ///< the same and the categories, standardised
};

std::vector<double> counts_of(const graft::interactions& train) {
    std::vector<double> counts(train.num_items(), 0.0);
    for (const auto item : train.items()) counts[graft::row_of(item)] += 1;
    return counts;
}

void seed_items(model& m, const graft::row_vectors& vectors, std::uint64_t seed) {
    graft::seed_rows(vectors, m.items(),
                     {.missing = graft::missing_row::draw,
                      .shorten = graft::project,
                      .pad = true,
                      .match_scale = true,
                      .seed = seed});
}

/// Items without clicks stay as they start.
void train_started(model& m, const graft::interactions& train, const graft::als_options& options) {
    const model start = m;
    graft::fit_als(m, train, options);
    const auto counts = counts_of(train);
    for (std::size_t i = 0; i < counts.size(); ++i)
        if (counts[i] == 0) m.items().set_row(i, start.items().row(i));
}

/// Adapter: by turns the rows are solved, drawn to what a linear map of their texts gives, and the map is fitted to the
/// rows. Rows without clicks are what the map gives.
void train_adapted(model& m, const graft::interactions& train, const graft::row_vectors& features,
                   const settings& s, graft::als_options options) {
    const auto counts = counts_of(train);
    options.epochs = std::max<std::size_t>(1, options.epochs / s.rounds);
    std::optional<double> penalty;
    for (std::size_t round = 0; round < s.rounds; ++round) {
        graft::fit_als(m, train, options);
        const graft::linear_map::matrix_type rows = m.items().factors();
        if (!penalty) penalty = graft::choose_penalty(features, rows, counts);
        const auto map = graft::fit_linear_map(features, rows, counts, *penalty);
        options.items.anchor = map(features);
    }
    options.epochs = 1; // cold items get the last map's rows
    graft::fit_als(m, train, options);
}

void train_arm(model& m, arm which, bool shuffled, const texts& t, const graft::interactions& train,
               const settings& s) {
    const auto of = [&](const graft::row_vectors& v) {
        return shuffled ? graft::shuffled(v, s.seed + 1) : v;
    };
    const graft::als_options options{.l2 = s.l2, .threads = s.threads};
    if (which == arm::adapter) return train_adapted(m, train, of(t.features), s, options);
    if (which == arm::text) seed_items(m, of(t.seeds), s.seed);
    train_started(m, train, options);
}

/// Each held out click of a cold item, ranked among all cold items that the user did not meet.
graft::ranking_candidates among_cold(const graft::interactions& train, const graft::interactions& test) {
    std::vector<graft::item_id> cold;
    const auto counts = counts_of(train);
    std::vector<char> tested(test.num_items(), 0);
    for (const auto item : test.items()) tested[graft::row_of(item)] = 1;
    for (std::size_t i = 0; i < tested.size(); ++i)
        if (tested[i] != 0 && counts[i] == 0) cold.push_back(static_cast<graft::item_id>(i));
    const graft::items_of_users met(test);
    graft::ranking_candidates cases;
    std::vector<graft::item_id> others;
    for (std::size_t k = 0; k < test.size(); ++k) {
        const auto own = met[test.users()[k]];
        others.clear();
        std::set_difference(cold.begin(), cold.end(), own.begin(), own.end(), std::back_inserter(others));
        cases.add(test.users()[k], test.items()[k], others);
    }
    return cases;
}

struct judged {
    std::vector<double> values; ///< of each part
    void add(double x) { values.push_back(x); }
    [[nodiscard]] double mean() const {
        double sum = 0;
        for (const double v : values) sum += v;
        return sum / static_cast<double>(values.size());
    }
};

void say_gain(const judged& base, const judged& one) {
    if (base.values.size() < 2) return;
    const auto gain =
        graft::compare_paired(base.values, one.values, 1.0 / static_cast<double>(base.values.size() - 1));
    std::printf(" [%+.4f, %+.4f]", gain.low, gain.high);
}

void run(const settings& s) {
    const auto clicks =
        graft::read_ratings(s.clicks, {.read_values = false, .duplicates = graft::duplicates::keep_first});
    const auto catalog = graft::read_catalog(s.items);
    const auto words = graft::read_vectors(s.vectors);
    texts t;
    graft::coverage coverage;
    t.seeds = graft::text_vectors(words, catalog, clicks.item_ids(), {}, &coverage);
    const auto short_form =
        graft::standardise(graft::project(t.seeds, std::min<std::size_t>(s.dim, t.seeds.dim())));
    const auto flags = graft::category_flags(catalog, clicks.item_ids());
    t.features = flags.dim() == 0 ? short_form : graft::concatenate({short_form, graft::standardise(flags)});
    std::printf("%zu clicks of %zu users on %zu items, %zu of which have a vector\n", clicks.size(),
                clicks.num_users(), clicks.num_items(), coverage.seeded);

    const auto warm = graft::split(clicks, graft::k_fold{.folds = s.parts, .seed = s.seed});
    const auto cold = graft::split(clicks, graft::cold_item_folds{.folds = s.parts, .seed = s.seed});
    std::printf(
        "%zu parts held out in turn; [95 %% interval of the gain over the random start]\n"
        "  %-22s NDCG@10 of held out clicks, all items     recall@%zu of items never clicked, among those\n",
        s.parts, "", s.top);
    std::optional<judged> first_warm, first_cold;
    for (const auto& each : all_arms) {
        const arm which = each.first;
        const bool shuffled = each.second;
        judged on_warm, on_cold;
        for (std::size_t part = 0; part < s.parts; ++part) {
            const auto trained = [&](const graft::interactions& train) {
                model m(clicks.num_users(), clicks.num_items(), s.dim, {.seed = s.seed + part});
                train_arm(m, which, shuffled, t, train, s);
                return m;
            };
            const auto a = warm[part];
            on_warm.add(graft::evaluate_ranking(trained(a.train), a.train, a.valid,
                                                {.at = {10}, .threads = s.threads})
                            .at(10)
                            .ndcg);
            const auto b = cold[part];
            on_cold.add(graft::evaluate_ranking(trained(b.train), b.train, among_cold(b.train, b.valid),
                                                {.at = {s.top}, .threads = s.threads})
                            .at(s.top)
                            .recall);
        }
        std::printf(
            "  %-22s %.4f",
            (std::string(arm_names[static_cast<int>(which)]) + (shuffled ? ", shuffled" : "")).c_str(),
            on_warm.mean());
        if (first_warm) say_gain(*first_warm, on_warm);
        std::printf("   %.4f", on_cold.mean());
        if (first_cold) say_gain(*first_cold, on_cold);
        std::printf("\n");
        std::fflush(stdout);
        if (!first_warm) first_warm = on_warm, first_cold = on_cold;
    }
}

} // namespace

int main(int argc, char** argv) {
    settings s;
    CLI::App app("Compares ranked lists with and without what pretrained vectors say of the items.\n"
                 "Without arguments it runs on the synthetic data that come with graft.");
    auto* clicks =
        app.add_option("--clicks", s.clicks, "a table of users and items; values are not looked at")
            ->capture_default_str();
    app.add_option("--items", s.items, "texts: CSV with a header, u.item, '::'")
        ->capture_default_str()
        ->needs(clicks);
    app.add_option("--vectors", s.vectors, "pretrained vectors")->capture_default_str();
    app.add_option("--dim", s.dim, "numbers per embedding")->capture_default_str();
    app.add_option("--rounds", s.rounds, "times that the adapter's map is fitted")
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
    app.add_option("--l2", s.l2, "of fit_als")->capture_default_str();
    app.add_option("--parts", s.parts, "parts that are held out in turn")
        ->check(CLI::Range(2, 100))
        ->capture_default_str();
    app.add_option("--top", s.top, "length of the lists of items never clicked")->capture_default_str();
    app.add_option("--seed", s.seed, "of parts, starts and controls")->capture_default_str();
    app.add_option("--threads", s.threads, "0: all; the result is the same for any number")
        ->capture_default_str();
    CLI11_PARSE(app, argc, argv);
    try {
        run(s);
    } catch (const graft::error& e) {
        std::fprintf(stderr, "transfer_ranking: %s\n", e.what());
        return 1;
    }
}
