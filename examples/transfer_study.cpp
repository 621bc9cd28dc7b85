// What pretrained vectors are worth to a recommender: arms with and without them, each with its control.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include <graft/graft.hpp>

namespace {

struct settings {
    std::string ratings = GRAFT_EXAMPLE_DATA "/ratings.tsv";
    std::string items = GRAFT_EXAMPLE_DATA "/items.csv";
    std::string vectors = GRAFT_EXAMPLE_DATA "/vectors.txt";
    std::string name = "synthetic";
    std::string folds = "k";
    std::size_t num_folds = 5;
    std::size_t dim = 64;
    std::size_t epochs = 40;
    double lr = 1e-3;
    double l2 = 0.12;
    std::size_t every = 4;
    std::size_t cold_parts = 10;
    std::vector<double> shares = {0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0};
    std::uint64_t seed = 0;
    std::string out = "transfer_study";
};

enum class arm { random, tutorial, text, adapter };
constexpr const char* arm_names[] = {"random start", "tutorial seeding", "text seeding", "adapter"};
constexpr std::pair<arm, bool> all_arms[] = {
    {arm::random, false}, {arm::tutorial, false}, {arm::tutorial, true}, {arm::text, false},
    {arm::text, true},    {arm::adapter, false},  {arm::adapter, true}};

std::string label(arm which, bool shuffled) {
    return std::string(arm_names[static_cast<int>(which)]) + (shuffled ? ", shuffled" : "");
}

/// What the runs share.
struct study {
    settings s{};
    graft::interactions ratings{}; ///< in steps of the scale's fourth, so that l2 means the same everywhere
    double unit = 1;               ///< of these in ratings
    graft::clip bounds{};
    graft::row_vectors first_words{0, 0}; ///< of the users, by row
    graft::row_vectors titles{0, 0};      ///< of the items, by text
    graft::row_vectors features{0, 0};    ///< of the items: title, genre words, genres and age
    graft::coverage coverage{};
};

using model = graft::recommender<float, Eigen::Dynamic, graft::cpu, graft::biased>;

struct point { // after an epoch
    std::size_t epoch;
    graft::rating_error error;
};
struct run_result {
    std::vector<point> curve;
    std::optional<double> cold; ///< RMSE on the held out ratings of items that training has none of
    [[nodiscard]] const graft::rating_error& last() const { return curve.back().error; }
};

graft::rating_error measure(const study& data, const auto& predictor, const graft::interactions& valid) {
    auto error = graft::evaluate(predictor, valid, data.bounds);
    error.rmse *= data.unit;
    error.mae *= data.unit;
    return error;
}

graft::interactions unseen_items(const graft::interactions& train, const graft::interactions& valid) {
    std::vector<char> seen(train.num_items(), 0);
    for (const auto item : train.items()) seen[graft::row_of(item)] = 1;
    std::vector<std::size_t> positions;
    for (std::size_t k = 0; k < valid.size(); ++k)
        if (seen[graft::row_of(valid.items()[k])] == 0) positions.push_back(k);
    return valid.select(positions);
}

/// Trains one arm on a share of the ratings. All arms have the same optimizer, epochs, penalty and seeds;
/// only what they start from and are drawn to differs. With fewer ratings batches shrink, so that an epoch
/// has as many steps, rows that are touched less often go faster, and penalties, which count per rating, are
/// larger; the exponents were chosen on a part of the training ratings.
run_result run(const study& data, arm which, bool shuffled, const graft::interactions& train,
               const graft::interactions& valid, std::uint64_t seed, double share = 1.0) {
    const auto& s = data.s;
    model m(data.ratings.num_users(), data.ratings.num_items(), s.dim, {.stddev = 0.05, .seed = seed});
    const auto of = [&](const graft::row_vectors& v) { return shuffled ? graft::shuffled(v, seed + 1) : v; };
    const graft::seeding how{.missing = graft::missing_row::draw,
                             .too_long = graft::too_long::pca,
                             .pad = true,
                             .match_scale = true,
                             .seed = seed};
    if (which == arm::tutorial) graft::seed(of(data.first_words), m.users(), how);
    if (which == arm::text) graft::seed(of(data.titles), m.items(), how);
    graft::adapted_fit_options<> options;
    options.fit = {.epochs = s.epochs,
                   .batch = static_cast<std::size_t>(std::max(1LL, std::llround(256 * share))),
                   .optimizer = {.lr = s.lr * std::pow(share, -0.4)},
                   .schedule = graft::cosine_decay{},
                   .l2 = s.l2 * std::pow(share, -0.7),
                   .keep_best = false,
                   .seed = seed};
    options.every = s.every;
    options.bias_l2 = (std::min)(1.0, options.bias_l2 / share);
    options.items.penalty *= share;
    options.users.penalty *= share;
    std::optional<graft::row_vectors> features;
    if (which == arm::adapter) {
        features = of(data.features);
        options.items.vectors = features;
        options.users.vectors = graft::mean_of_items(*features, train);
    }
    run_result result;
    const auto learned = graft::fit_adapted(m, train, valid, options, [&](const graft::progress& now) {
        if (now.finished != nullptr) result.curve.push_back({now.epoch, measure(data, m, valid)});
    });
    result.curve.back().error = measure(data, m, valid); // rows without ratings are mapped at the end
    if (const auto cold = unseen_items(train, valid); !cold.empty()) {
        if (learned.items)
            m = graft::cold_model(m, *learned.items, *features, train, {.l2 = 2.5 * s.l2, .bias_l2 = 0.1});
        result.cold = measure(data, m, cold).rmse;
    }
    return result;
}

study load(const settings& s) {
    study data;
    data.s = s;
    const auto raw = graft::read_ratings(s.ratings);
    const auto texts = graft::read_catalog(s.items);
    const auto words = graft::read_vectors(s.vectors);
    data.unit = static_cast<double>(raw.max() - raw.min()) / 4;
    std::vector<float> values;
    for (const float v : raw.values())
        values.push_back(static_cast<float>(static_cast<double>(v) / data.unit));
    data.ratings = graft::interactions::from_columns(
        {raw.users().begin(), raw.users().end()}, {raw.items().begin(), raw.items().end()}, values,
        {raw.times().begin(), raw.times().end()}, raw.shared_user_names(), raw.shared_item_names());
    data.bounds = {data.ratings.min(), data.ratings.max()};

    const auto& names = raw.item_names();
    data.first_words = graft::row_vectors(raw.num_users(), words.dim());
    for (std::size_t u = 0; u < (std::min)(raw.num_users(), words.size()); ++u)
        data.first_words.set(u, words.row(u));
    data.titles = graft::text_vectors(words, texts, names, {}, &data.coverage);
    const auto short_form = [](const graft::row_vectors& v, std::size_t dim) {
        return graft::standardise(graft::project(v, (std::min)(dim, v.dim())));
    };
    data.features =
        graft::concatenate({short_form(graft::text_vectors(words, texts, names, {.categories = false}), 30),
                            short_form(graft::text_vectors(words, texts, names, {.titles = false}), 10),
                            graft::standardise(graft::category_flags(texts, names)),
                            graft::standardise(graft::title_ages(texts, names), 3.0)});
    return data;
}

/// One row per run and epoch.
class csv_file {
public:
    explicit csv_file(const std::string& path) : file_(path) {
        if (!file_) throw graft::io_error(path + ": cannot be written");
        file_ << "data,experiment,arm,shuffled,share,fold,seed,epoch,rmse,mae,cold_rmse\n";
    }
    void add(const study& data, const char* experiment, const std::string& which, bool shuffled, double share,
             std::size_t fold, std::uint64_t seed, const run_result& result) {
        for (const auto& p : result.curve) {
            file_ << data.s.name << ',' << experiment << ',' << which << ',' << (shuffled ? 1 : 0) << ','
                  << share << ',' << fold << ',' << seed << ',' << p.epoch << ',' << p.error.rmse << ','
                  << p.error.mae << ',';
            if (result.cold && &p == &result.curve.back()) file_ << *result.cold;
            file_ << '\n';
        }
        file_.flush();
    }

private:
    std::ofstream file_;
};

/// Text that goes to the terminal and, as it is, into the report.
class notes {
public:
    template <class... Values>
    void operator()(const char* format, Values... values) {
        if constexpr (sizeof...(values) == 0) {
            add(format);
        } else {
            char line[512];
            const int size = std::snprintf(line, sizeof line, format, values...);
            add(std::string(line, static_cast<std::size_t>((std::clamp)(size, 0, 511))));
        }
    }
    [[nodiscard]] const std::string& text() const { return text_; }

private:
    void add(const std::string& piece) {
        text_ += piece;
        std::fputs(piece.c_str(), stdout);
        std::fflush(stdout);
    }
    std::string text_;
};

double mean_of(const std::vector<double>& values) {
    double sum = 0;
    for (const double v : values) sum += v;
    return sum / static_cast<double>(values.size());
}

/// Series for the pictures: name -> (x, y) in order.
using series = std::vector<std::pair<std::string, std::vector<std::pair<double, double>>>>;

series whole_data(const study& data, const std::vector<graft::split_parts>& folds, csv_file& csv,
                  notes& say) {
    say("\nall training ratings, %zu folds of %s, %zu epochs: RMSE of each fold, and what it gains\n",
        folds.size(), data.s.folds.c_str(), data.s.epochs);
    series curves;
    std::vector<double> plain;
    for (const auto& [which, shuffled] : all_arms) {
        std::vector<double> rmse;
        std::vector<double> mae;
        std::vector<std::pair<double, double>> curve;
        for (std::size_t f = 0; f < folds.size(); ++f) {
            const auto seed = data.s.seed + 1000 * f;
            const auto result = run(data, which, shuffled, folds[f].train, folds[f].valid, seed);
            csv.add(data, "folds", arm_names[static_cast<int>(which)], shuffled, 1.0, f + 1, seed, result);
            rmse.push_back(result.last().rmse);
            mae.push_back(result.last().mae);
            curve.resize(result.curve.size());
            for (std::size_t e = 0; e < curve.size(); ++e) {
                curve[e].first = static_cast<double>(result.curve[e].epoch);
                curve[e].second += result.curve[e].error.rmse / static_cast<double>(folds.size());
            }
        }
        curves.emplace_back(label(which, shuffled), curve);
        say("  %-27s", label(which, shuffled).c_str());
        for (const double r : rmse) say(" %.4f", r);
        say("  RMSE %.4f  MAE %.4f", mean_of(rmse), mean_of(mae));
        if (which == arm::random)
            plain = rmse;
        else if (folds.size() > 1) {
            const auto gain = graft::compare_paired(plain, rmse, 1.0 / static_cast<double>(folds.size() - 1));
            say("  %+.4f [%+.4f, %+.4f]", gain.mean, gain.low, gain.high);
        }
        say("\n");
    }
    return curves;
}

/// Learning from a part of the training ratings; batches shrink with it, so that an epoch has as many steps.
series less_data(const study& data, const std::vector<graft::split_parts>& folds, csv_file& csv, notes& say) {
    constexpr std::pair<arm, bool> arms[] = {
        {arm::random, false}, {arm::text, false}, {arm::adapter, false}, {arm::adapter, true}};
    say("\na share of the training ratings: mean RMSE after the last epoch; random start's best of all "
        "epochs, the\n"
        "first epoch at which the adapter is as good in each fold; adapter minus random start at twice the "
        "data\n"
        "  %6s",
        "share");
    for (const auto& [which, shuffled] : arms) say("  %17s", label(which, shuffled).c_str());
    say("  %11s  %s\n", "random best", "adapter's epoch / random's");
    series curves;
    for (const auto& [which, shuffled] : arms)
        curves.emplace_back(label(which, shuffled), std::vector<std::pair<double, double>>{});
    std::map<double, std::map<std::string, std::vector<double>>> finals;
    for (const double share : data.s.shares) {
        std::map<std::string, std::vector<run_result>> results;
        for (std::size_t f = 0; f < folds.size(); ++f) {
            const auto seed = data.s.seed + 1000 * f;
            const auto train =
                share < 1
                    ? graft::split(folds[f].train, graft::holdout{.fraction = 1 - share, .seed = seed}).train
                    : folds[f].train;
            for (const auto& [which, shuffled] : arms) {
                const auto result = run(data, which, shuffled, train, folds[f].valid, seed, share);
                csv.add(data, "share", arm_names[static_cast<int>(which)], shuffled, share, f + 1, seed,
                        result);
                finals[share][label(which, shuffled)].push_back(result.last().rmse);
                results[label(which, shuffled)].push_back(result);
            }
        }
        say("  %5g%%", share * 100);
        for (std::size_t a = 0; a < std::size(arms); ++a) {
            const auto name = label(arms[a].first, arms[a].second);
            const double rmse = mean_of(finals[share][name]);
            curves[a].second.emplace_back(share * 100, rmse);
            say("  %17.4f", rmse);
        }
        std::vector<double> bests;
        std::string epochs;
        for (std::size_t f = 0; f < folds.size(); ++f) {
            const auto& random = results["random start"][f].curve;
            const auto best =
                std::min_element(random.begin(), random.end(),
                                 [](const auto& a, const auto& b) { return a.error.rmse < b.error.rmse; });
            bests.push_back(best->error.rmse);
            const auto& other = results["adapter"][f].curve;
            const auto there = std::find_if(other.begin(), other.end(),
                                            [&](const auto& p) { return p.error.rmse <= best->error.rmse; });
            epochs += (there == other.end() ? " -" : " " + std::to_string(there->epoch)) + "/" +
                      std::to_string(best->epoch);
        }
        say("  %11.4f %s\n", mean_of(bests), epochs.c_str());
    }
    for (const auto& [share, by_arm] : finals) {
        const auto twice = finals.find(2 * share);
        if (twice == finals.end() || folds.size() < 2) continue;
        const auto gain = graft::compare_paired(twice->second.at("random start"), by_arm.at("adapter"),
                                                1.0 / static_cast<double>(folds.size() - 1));
        say("  adapter with %g%% against random start with %g%%: %+.4f [%+.4f, %+.4f]\n", share * 100,
            share * 200, gain.mean, gain.low, gain.high);
    }
    return curves;
}

/// Items of which nothing was seen, a part of all at a time.
series cold_items(const study& data, csv_file& csv, notes& say) {
    const auto& s = data.s;
    const auto order = graft::detail::random_order(data.ratings.num_items(), s.seed);
    std::map<std::string, std::vector<double>> rmse;
    std::map<std::string, double> squares;
    double count = 0;
    for (std::size_t part = 0; part < s.cold_parts; ++part) {
        std::vector<char> cold(order.size(), 0);
        for (std::size_t i = part * order.size() / s.cold_parts; i < (part + 1) * order.size() / s.cold_parts;
             ++i)
            cold[order[i]] = 1;
        std::vector<char> held_out;
        for (const auto item : data.ratings.items()) held_out.push_back(cold[graft::row_of(item)]);
        const auto [train, valid] = graft::detail::split_by_mark("cold items", data.ratings, held_out);
        const auto n = static_cast<double>(valid.size());
        count += n;
        const auto add = [&](const std::string& name, double error) {
            rmse[name].push_back(error);
            squares[name] += error * error * n;
        };
        // A penalty without bound keeps the items' biases at 0.
        const graft::mean_and_biases users_only(train, {.user_penalty = 5, .item_penalty = 1e300});
        add("mean + user bias", measure(data, users_only, valid).rmse);
        const auto seed = s.seed + 1000 * part;
        for (const auto& [which, shuffled] :
             {std::pair{arm::random, false}, {arm::adapter, false}, {arm::adapter, true}}) {
            const auto result = run(data, which, shuffled, train, valid, seed);
            csv.add(data, "cold items", arm_names[static_cast<int>(which)], shuffled, 1.0, part + 1, seed,
                    result);
            add(label(which, shuffled), result.cold.value());
        }
    }
    say("\nitems held out entirely, %zu parts of the items: RMSE over all their ratings, and the parts' "
        "difference\n",
        s.cold_parts);
    const double base = std::sqrt(squares["mean + user bias"] / count);
    series bars;
    for (const auto& [name, total] : squares) {
        const double all = std::sqrt(total / count);
        bars.push_back({name, {{0, all}}});
        say("  %-27s RMSE %.4f  %+.2f%%", name.c_str(), all, 100 * (all / base - 1));
        if (name != "mean + user bias" && s.cold_parts > 1) {
            const auto gain = graft::compare_paired(rmse["mean + user bias"], rmse[name],
                                                    1.0 / static_cast<double>(s.cold_parts - 1));
            say("  %+.4f [%+.4f, %+.4f]", gain.mean, gain.low, gain.high);
        }
        say("\n");
    }
    return bars;
}

std::string read_text(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

/// Writes the numbers of a picture and the gnuplot program that draws it.
void write_plot(const std::filesystem::path& folder, const std::string& name, const series& lines,
                const std::string& setup, bool bars) {
    std::ofstream numbers(folder / (name + ".dat"));
    for (const auto& [title, points] : lines) {
        numbers << '"' << title << "\"\n";
        for (const auto& [x, y] : points) {
            if (bars)
                numbers << '"' << title << "\" " << y << '\n';
            else
                numbers << x << ' ' << y << '\n';
        }
        numbers << "\n\n";
    }
    std::ofstream program(folder / (name + ".gp"));
    program << "set terminal svg size 760,460 font 'sans,12' background 'white'\nset output '" << name
            << ".svg'\n"
            << "set grid\nset key outside right\nset key autotitle columnhead\n"
            << setup << "plot ";
    for (std::size_t i = 0; i < lines.size(); ++i) {
        const bool shuffled = lines[i].first.ends_with("shuffled");
        program << (i > 0 ? ", " : "") << "'" << name << ".dat' index " << i;
        if (bars)
            program << " using (" << i << "):2:xticlabels(1) with boxes fill solid 0.6 notitle";
        else
            program << " with linespoints pointsize 0.4 linewidth 1.5" << (shuffled ? " dashtype 2" : "");
    }
    program << '\n';
}

void write_report(const std::filesystem::path& folder, const study& data, const std::string& tables,
                  const std::vector<std::string>& pictures) {
    std::ofstream html(folder / "report.html");
    html << "<!doctype html><meta charset=\"utf-8\"><title>Transfer on " << data.s.name
         << "</title><style>body{font-family:sans-serif;max-width:60em;margin:2em "
            "auto}pre{overflow-x:auto}</style>"
         << "<h1>What pretrained vectors are worth on " << data.s.name
         << "</h1><p>Shuffled: the same vectors, dealt to "
         << "the rows at random; a gain that survives this is none of the vectors' meaning. Intervals are "
            "95&nbsp;% of "
         << "a paired t test, corrected for the training data that folds share.</p>";
    for (const auto& picture : pictures) {
        auto svg = read_text(folder / (picture + ".svg"));
        if (const auto start = svg.find("<svg"); start != svg.npos)
            html << "<figure>" << svg.substr(start) << "</figure>";
    }
    html << "<pre>";
    for (const char c : tables) {
        if (c == '<')
            html << "&lt;";
        else if (c == '&')
            html << "&amp;";
        else
            html << c;
    }
    html << "</pre>\n";
}

void run_study(const settings& s) {
    const auto data = load(s);
    std::filesystem::create_directories(s.out);
    const std::filesystem::path folder = s.out;
    csv_file csv((folder / "runs.csv").string());
    notes say;
    say("%s: %zu ratings of %zu users and %zu items, RMSE in ratings' units\n", s.name.c_str(),
        data.ratings.size(), data.ratings.num_users(), data.ratings.num_items());
    say("text: %zu of %zu items have a vector; %zu words found, %zu not", data.coverage.seeded,
        data.coverage.rows, data.coverage.words_found, data.coverage.words_missing);
    for (std::size_t i = 0; i < data.coverage.missing_words.size() && i < 8; ++i)
        say("%s %s (%zu)", i == 0 ? ":" : ",", data.coverage.missing_words[i].first.c_str(),
            data.coverage.missing_words[i].second);
    say("\n");

    const auto all = s.folds == "surprise"
                         ? graft::split(data.ratings, graft::surprise_folds{})
                         : graft::split(data.ratings, graft::k_fold{.folds = 5, .seed = s.seed});
    std::vector<graft::split_parts> folds;
    for (std::size_t f = 0; f < (std::min)(s.num_folds, all.size()); ++f) folds.push_back(all[f]);

    std::vector<std::string> pictures;
    const auto picture = [&](const std::string& name, const series& lines, const std::string& setup,
                             bool bars) {
        if (lines.empty()) return;
        write_plot(folder, name, lines, setup, bars);
        pictures.push_back(name);
    };
    picture("epochs", whole_data(data, folds, csv, say),
            "set title 'Learning curves, all training ratings'\nset xlabel 'epoch'\nset ylabel 'RMSE'\n",
            false);
    if (!s.shares.empty())
        picture("shares", less_data(data, folds, csv, say),
                "set title 'Fewer ratings'\nset logscale x\nset xlabel '% of the training ratings'\nset "
                "ylabel 'RMSE'\n",
                false);
    if (s.cold_parts > 1)
        picture("cold", cold_items(data, csv, say),
                "set title 'Items never seen'\nset ylabel 'RMSE'\nset boxwidth 0.6\nset yrange [*:*]\n",
                true);

    const std::string quiet = " > gnuplot.log 2>&1";
    bool drawn = true;
    const auto back = std::filesystem::current_path();
    std::filesystem::current_path(folder);
    for (const auto& name : pictures)
        drawn = drawn && std::system(("gnuplot " + name + ".gp" + quiet).c_str()) == 0;
    std::filesystem::current_path(back);
    write_report(folder, data, say.text(), pictures);
    std::printf("\n%s/runs.csv has every run; %s/report.html shows them%s\n", s.out.c_str(), s.out.c_str(),
                drawn ? "" : ", but without pictures: gnuplot is not found or fails (see gnuplot.log)");
}

} // namespace

int main(int argc, char** argv) {
    settings s;
    CLI::App app("Compares starts from pretrained vectors with a random start and with shuffled vectors.\n"
                 "Without arguments it runs on the synthetic data that come with graft.");
    auto* ratings = app.add_option("--ratings", s.ratings, "ratings: u.data, '::' or CSV/TSV with a header")
                        ->capture_default_str();
    app.add_option("--items", s.items, "titles: u.item, '::' or CSV with a header")
        ->capture_default_str()
        ->needs(ratings);
    app.add_option("--vectors", s.vectors, "pretrained vectors, sorted by frequency")->capture_default_str();
    app.add_option("--name", s.name, "of the data, for tables and pictures")->capture_default_str();
    app.add_option("--folds", s.folds, "surprise: Surprise's five folds; k: five folds of graft's own")
        ->check(CLI::IsMember({"surprise", "k"}))
        ->capture_default_str();
    app.add_option("--num-folds", s.num_folds, "use only the first so many of the five")
        ->check(CLI::Range(1, 5))
        ->capture_default_str();
    app.add_option("--dim", s.dim, "numbers per embedding")->capture_default_str();
    app.add_option("--epochs", s.epochs, "passes over the training ratings")->capture_default_str();
    app.add_option("--lr", s.lr, "learning rate of Adam")->capture_default_str();
    app.add_option("--l2", s.l2, "weight of the squared factors")->capture_default_str();
    app.add_option("--every", s.every, "epochs between two fits of the adapter's maps")
        ->capture_default_str();
    app.add_option("--shares", s.shares, "of the training ratings, for the curve of data efficiency")
        ->check(CLI::Range(0.0, 1.0))
        ->expected(0, -1)
        ->capture_default_str();
    app.add_option("--cold-parts", s.cold_parts, "parts of the items that are held out in turn; 0: none")
        ->capture_default_str();
    app.add_option("--seed", s.seed, "of folds, starts, orders and controls")->capture_default_str();
    app.add_option("--out", s.out, "folder for runs.csv and report.html")->capture_default_str();
    CLI11_PARSE(app, argc, argv);
    try {
        run_study(s);
    } catch (const std::exception& e) {
        std::fprintf(stderr, "transfer_study: %s\n", e.what());
        return 1;
    }
}
