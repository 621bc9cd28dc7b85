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
    double lr = 1.5e-3;
    double l2 = 0.05;
    double row_l2 = 6;
    std::size_t every = 4;
    std::size_t cold_parts = 10;
    std::size_t cold_partitions = 1;
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

/// Trains one arm on a share of the ratings. All arms have the same optimizer, epochs, penalties and seeds;
/// only what they start from and are drawn to differs. With fewer ratings batches shrink, so that an epoch
/// has as many steps, and rows that are touched less often go faster.
run_result run(const study& data, arm which, bool shuffled, const graft::interactions& train,
               const graft::interactions& valid, std::uint64_t seed, double share = 1.0) {
    const auto& s = data.s;
    model m(data.ratings.num_users(), data.ratings.num_items(), s.dim, {.stddev = 0.05, .seed = seed});
    const auto of = [&](const graft::row_vectors& v) { return shuffled ? graft::shuffled(v, seed + 1) : v; };
    const graft::seeding how{.missing = graft::missing_row::draw,
                             .shorten = graft::project,
                             .pad = true,
                             .match_scale = true,
                             .seed = seed};
    if (which == arm::tutorial) graft::seed_rows(of(data.first_words), m.users(), how);
    if (which == arm::text) graft::seed_rows(of(data.titles), m.items(), how);
    graft::adapted_fit_options<> options;
    options.fit = {.epochs = s.epochs,
                   .batch_size = static_cast<std::size_t>(std::max(1LL, std::llround(256 * share))),
                   .optimizer = {.lr = s.lr * std::pow(share, -0.25)},
                   .schedule = graft::cosine_decay{},
                   .l2 = s.l2,
                   .row_l2 = s.row_l2,
                   .keep_best = false,
                   .seed = seed};
    run_result result;
    const auto note = [&](const graft::progress& now) {
        if (now.finished != nullptr) result.curve.push_back({now.epoch, measure(data, m, valid)});
    };
    const auto cold = unseen_items(train, valid);
    if (which != arm::adapter) {
        graft::fit(m, train, valid, options.fit, note);
        if (!cold.empty()) result.cold = measure(data, m, cold).rmse;
        return result;
    }
    options.refit_every = s.every;
    options.items.vectors = of(data.features);
    options.users.vectors = graft::mean_of_items(*options.items.vectors, train);
    const auto learned = graft::fit_adapted(m, train, valid, options, note);
    result.curve.back().error = measure(data, m, valid); // with the last maps
    if (!cold.empty()) {
        m = graft::cold_model(m, *learned.items, *options.items.vectors, train, {.l2 = 0.3, .bias_l2 = 0.1});
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
        {raw.times().begin(), raw.times().end()}, raw.shared_user_ids(), raw.shared_item_ids());
    data.bounds = {data.ratings.min(), data.ratings.max()};

    const auto& ids = raw.item_ids();
    data.first_words = graft::row_vectors(raw.num_users(), words.dim());
    for (std::size_t u = 0; u < (std::min)(raw.num_users(), words.size()); ++u)
        data.first_words.set(u, words.row(u));
    data.titles = graft::text_vectors(words, texts, ids, {}, &data.coverage);
    const auto short_form = [](const graft::row_vectors& v, std::size_t dim) {
        return graft::standardise(graft::project(v, (std::min)(dim, v.dim())));
    };
    data.features =
        graft::concatenate({short_form(graft::text_vectors(words, texts, ids, {.categories = false}), 30),
                            short_form(graft::text_vectors(words, texts, ids, {.titles = false}), 10),
                            graft::standardise(graft::category_flags(texts, ids)),
                            graft::standardise(graft::title_ages(texts, ids), 3.0)});
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
    explicit notes(bool aloud) : aloud_(aloud) {}

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
    void add(const std::string& piece) {
        text_ += piece;
        if (!aloud_) return;
        std::fputs(piece.c_str(), stdout);
        std::fflush(stdout);
    }
    [[nodiscard]] const std::string& text() const { return text_; }

private:
    bool aloud_; ///< or only kept
    std::string text_;
};

double mean_of(const std::vector<double>& values) {
    double sum = 0;
    for (const double v : values) sum += v;
    return sum / static_cast<double>(values.size());
}

/// b - a and its interval; `parts` of the data were held out in turn.
void say_difference(notes& say, const std::vector<double>& a, const std::vector<double>& b,
                    std::size_t parts) {
    if (a.size() < 2 || parts < 2) return;
    const auto gain = graft::compare_paired(a, b, 1.0 / static_cast<double>(parts - 1));
    say(" %+.4f [%+.4f, %+.4f]", gain.mean, gain.low, gain.high);
}

/// Series for the pictures: name -> (x, y) in order.
using series = std::vector<std::pair<std::string, std::vector<std::pair<double, double>>>>;

/// The epoch; one beyond the last if there is none.
std::size_t first_as_good(const run_result& result, double rmse) {
    const auto& curve = result.curve;
    return static_cast<std::size_t>(
        std::find_if(curve.begin(), curve.end(), [&](const point& p) { return p.error.rmse <= rmse; }) -
        curve.begin() + 1);
}

series mean_curves(const std::vector<std::pair<std::string, std::vector<run_result>>>& arms) {
    series curves;
    for (const auto& [name, results] : arms) {
        curves.emplace_back(name, std::vector<std::pair<double, double>>{});
        for (std::size_t e = 0; e < results[0].curve.size(); ++e) {
            double sum = 0;
            for (const auto& r : results) sum += r.curve[e].error.rmse;
            curves.back().second.emplace_back(static_cast<double>(results[0].curve[e].epoch),
                                              sum / static_cast<double>(results.size()));
        }
    }
    return curves;
}

series whole_data(const study& data, const std::vector<graft::split_parts>& folds, csv_file& csv,
                  notes& say) {
    say("\nall training ratings, %zu folds of %s, %zu epochs: RMSE of each fold, and what it gains\n",
        folds.size(), data.s.folds.c_str(), data.s.epochs);
    std::vector<std::pair<std::string, std::vector<run_result>>> arms;
    std::vector<double> plain;
    for (const auto& [which, shuffled] : all_arms) {
        auto& results = arms.emplace_back(label(which, shuffled), std::vector<run_result>{}).second;
        std::vector<double> rmse;
        std::vector<double> mae;
        for (std::size_t f = 0; f < folds.size(); ++f) {
            const auto seed = data.s.seed + 1000 * f;
            results.push_back(run(data, which, shuffled, folds[f].train, folds[f].valid, seed));
            csv.add(data, "folds", arm_names[static_cast<int>(which)], shuffled, 1.0, f + 1, seed,
                    results.back());
            rmse.push_back(results.back().last().rmse);
            mae.push_back(results.back().last().mae);
        }
        say("  %-27s", label(which, shuffled).c_str());
        for (const double r : rmse) say(" %.4f", r);
        say("  RMSE %.4f  MAE %.4f", mean_of(rmse), mean_of(mae));
        if (which == arm::random)
            plain = rmse;
        else
            say_difference(say, plain, rmse, folds.size());
        say("\n");
    }
    return mean_curves(arms);
}

/// Learning from a part of the training ratings. The learning curves at one share go to `few`.
series less_data(const study& data, const std::vector<graft::split_parts>& folds, csv_file& csv, notes& say,
                 std::pair<double, series>& few) {
    constexpr std::pair<arm, bool> arms[] = {
        {arm::random, false}, {arm::text, false}, {arm::adapter, false}, {arm::adapter, true}};
    enum { random, text, adapter, control };
    const double n = static_cast<double>(folds.size());
    say("\na share of the training ratings: mean RMSE after the last epoch; random start's best of all "
        "epochs;\n"
        "mean of the first epoch as good as that (* not in all folds) and, for the random start, within .001 "
        "of it\n"
        "  %6s",
        "share");
    for (const auto& [which, shuffled] : arms) say("  %17s", label(which, shuffled).c_str());
    say("  %11s  %6s %6s %7s %8s\n", "random best", "random", "(.001)", "adapter", "shuffled");
    series curves;
    for (const auto& [which, shuffled] : arms)
        curves.emplace_back(label(which, shuffled), std::vector<std::pair<double, double>>{});
    std::map<double, std::vector<std::vector<double>>> finals; // share -> arm -> fold
    notes later(false);
    for (const double share : data.s.shares) {
        std::vector<std::pair<std::string, std::vector<run_result>>> results;
        for (const auto& [which, shuffled] : arms) results.push_back({label(which, shuffled), {}});
        auto& final_rmse = finals[share];
        final_rmse.resize(std::size(arms));
        for (std::size_t f = 0; f < folds.size(); ++f) {
            const auto seed = data.s.seed + 1000 * f;
            const auto train =
                share < 1
                    ? graft::split(folds[f].train, graft::holdout{.fraction = 1 - share, .seed = seed}).train
                    : folds[f].train;
            for (std::size_t a = 0; a < std::size(arms); ++a) {
                const auto& [which, shuffled] = arms[a];
                results[a].second.push_back(run(data, which, shuffled, train, folds[f].valid, seed, share));
                csv.add(data, "share", arm_names[static_cast<int>(which)], shuffled, share, f + 1, seed,
                        results[a].second.back());
                final_rmse[a].push_back(results[a].second.back().last().rmse);
            }
        }
        say("  %5g%%", share * 100);
        for (std::size_t a = 0; a < std::size(arms); ++a) {
            curves[a].second.emplace_back(share * 100, mean_of(final_rmse[a]));
            say("  %17.4f", mean_of(final_rmse[a]));
        }
        double best_mean = 0;
        double near = 0;
        std::vector<double> epochs[std::size(arms)];
        for (std::size_t f = 0; f < folds.size(); ++f) {
            double best = results[random].second[f].last().rmse;
            for (const auto& p : results[random].second[f].curve) best = (std::min)(best, p.error.rmse);
            best_mean += best / n;
            near += static_cast<double>(first_as_good(results[random].second[f], best + 0.001)) / n;
            for (const auto a : {random, adapter, control})
                epochs[a].push_back(static_cast<double>(first_as_good(results[a].second[f], best)));
        }
        const auto missed = [&](const std::vector<double>& e) {
            return *std::max_element(e.begin(), e.end()) > static_cast<double>(data.s.epochs) ? '*' : ' ';
        };
        say("  %11.4f  %6.1f %6.1f %6.1f%c %7.1f%c\n", best_mean, mean_of(epochs[random]), near,
            mean_of(epochs[adapter]), missed(epochs[adapter]), mean_of(epochs[control]),
            missed(epochs[control]));
        std::vector<double> half;
        for (const double e : epochs[random]) half.push_back(e / 2);
        later("  %g%%: adapter's epoch minus half of the random start's", share * 100);
        say_difference(later, half, epochs[adapter], folds.size());
        later("; the control's");
        say_difference(later, half, epochs[control], folds.size());
        later("\n");
        if (share < 1 && (few.second.empty() || share <= 0.05)) few = {share, mean_curves(results)};
    }
    for (const auto& [share, by_arm] : finals) {
        later("  adapter with %g%% minus random start with as many", share * 100);
        say_difference(later, by_arm[random], by_arm[adapter], folds.size());
        if (const auto twice = finals.find(2 * share); twice != finals.end()) {
            later(", with %g%%", share * 200);
            say_difference(later, twice->second[random], by_arm[adapter], folds.size());
        }
        later("\n");
    }
    say.add(later.text());
    return curves;
}

/// Items of which nothing was seen, a part of all at a time.
series cold_items(const study& data, csv_file& csv, notes& say) {
    const auto& s = data.s;
    const std::vector<std::string> names = {"mean + user bias", "adapter", "adapter, shuffled",
                                            "random start"};
    std::map<std::string, std::vector<double>> rmse;    // of each part of each partition
    std::map<std::string, std::vector<double>> squares; // of each partition
    std::vector<double> counts(s.cold_partitions, 0.0);
    for (std::size_t partition = 0; partition < s.cold_partitions; ++partition) {
        const auto parts = graft::split(
            data.ratings, graft::cold_item_folds{.folds = s.cold_parts, .seed = s.seed + partition});
        for (std::size_t part = 0; part < parts.size(); ++part) {
            const auto [train, valid] = parts[part];
            const auto n = static_cast<double>(valid.size());
            counts[partition] += n;
            const auto add = [&](const std::string& name, double error) {
                rmse[name].push_back(error);
                squares[name].resize(s.cold_partitions, 0.0);
                squares[name][partition] += error * error * n;
            };
            // A penalty without bound keeps the items' biases at 0.
            const graft::mean_and_biases users_only(train, {.user_penalty = 5, .item_penalty = 1e300});
            add(names[0], measure(data, users_only, valid).rmse);
            const auto seed = s.seed + 1000 * part + partition;
            for (const auto& [which, shuffled] :
                 {std::pair{arm::adapter, false}, {arm::adapter, true}, {arm::random, false}}) {
                const auto result = run(data, which, shuffled, train, valid, seed);
                csv.add(data, "cold items", arm_names[static_cast<int>(which)], shuffled, 1.0, part + 1, seed,
                        result);
                add(label(which, shuffled), result.cold.value());
            }
        }
    }
    say("\nitems held out entirely, %zu partitions of the items in %zu parts: RMSE over all their ratings "
        "(and the change\nin each partition), and the parts' difference\n",
        s.cold_partitions, s.cold_parts);
    series bars;
    for (const auto& name : names) {
        double total = 0;
        double all = 0;
        for (std::size_t p = 0; p < s.cold_partitions; ++p) {
            total += squares[name][p];
            all += counts[p];
        }
        bars.push_back({name, {{0, std::sqrt(total / all)}}});
        say("  %-20s RMSE %.4f", name.c_str(), bars.back().second[0].second);
        if (name != names[0]) {
            say("  %+.2f%% (", 100 * (bars.back().second[0].second / bars[0].second[0].second - 1));
            for (std::size_t p = 0; p < s.cold_partitions; ++p)
                say("%s%+.2f", p > 0 ? " " : "",
                    100 * (std::sqrt(squares[name][p] / squares[names[0]][p]) - 1));
            say(")");
            say_difference(say, rmse[names[0]], rmse[name], s.cold_parts);
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

/// A panel of the picture.
struct panel {
    std::string name; ///< of its file of numbers
    std::string setup;
    series lines;
    bool bars = false;
};

/// Writes the numbers and the gnuplot program that draws them, study.gp.
void write_plot(const std::filesystem::path& folder, const study& data, const std::vector<panel>& panels) {
    std::ofstream program(folder / "study.gp");
    program << "set terminal svg size 1000," << 400 * ((panels.size() + 1) / 2)
            << " font 'sans,13' background 'white'\nset output 'study.svg'\nset multiplot layout "
            << (panels.size() + 1) / 2 << ",2 title '" << data.s.name
            << ": RMSE (dashed: the same vectors, shuffled)' font ',15'\nset grid lc '#dddddd'\n";
    for (const auto& p : panels) {
        std::ofstream numbers(folder / (p.name + ".dat"));
        program << "reset\nset grid lc '#dddddd'\nset key top right samplen 2 spacing 1.1\n"
                << p.setup << "plot ";
        for (std::size_t i = 0; i < p.lines.size(); ++i) {
            const auto& [title, points] = p.lines[i];
            for (const auto& [x, y] : points) numbers << x << ' ' << y << " \"" << title << "\"\n";
            numbers << "\n\n";
            // Okabe and Ito's colours, which the colour-blind tell apart; one for an arm and its control.
            const char* colour = title.starts_with("tutorial")  ? "#E69F00"
                                 : title.starts_with("text")    ? "#009E73"
                                 : title.starts_with("adapter") ? "#0072B2"
                                 : title.starts_with("mean")    ? "#999999"
                                                                : "#000000";
            const bool shuffled = title.ends_with("shuffled");
            program << (i > 0 ? ", " : "") << "'" << p.name << ".dat' index " << i;
            if (p.bars)
                program << " using (" << i << "):2:(0.6):xticlabels(3) with boxes lc '" << colour << "' fill "
                        << (shuffled ? "pattern 4" : "solid 0.7") << " border notitle, '' index " << i
                        << " using (" << i << "):2:(sprintf('%.3f',$2)) with labels offset 0,0.7 notitle";
            else
                program << " using 1:2 with lines lw " << (i == 0 ? 4 : 2) << " lc '" << colour << "'"
                        << (shuffled ? " dt (8,6)" : "") << " title '" << title << "'";
        }
        program << '\n';
    }
}

/// The range of RMSE where learning curves differ: from the best to what the random start has after a few
/// epochs.
std::string curve_range(const series& curves) {
    const auto& random = curves.front().second;
    double low = random[0].second;
    for (const auto& [name, points] : curves)
        for (const auto& [x, y] : points) low = (std::min)(low, y);
    const double high = random[(std::min)(random.size() - 1, std::size_t{2})].second;
    return "set yrange [" + std::to_string(low - 0.08 * (high - low)) + ":" + std::to_string(high) + "]\n";
}

void write_report(const std::filesystem::path& folder, const study& data, const std::string& tables) {
    std::ofstream html(folder / "report.html");
    html << "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">"
            "<meta name=\"viewport\" content=\"width=device-width\"><title>Transfer on "
         << data.s.name
         << "</title><style>body{font-family:sans-serif;max-width:64em;margin:2em auto;padding:0 1em}"
            "pre,figure{overflow-x:auto;margin:1em 0}svg{max-width:100%;min-width:44em;height:auto}</style>"
         << "<h1>What pretrained vectors are worth on " << data.s.name
         << "</h1><p>Shuffled: the same vectors, dealt to "
         << "the rows at random; a gain that survives this is none of the vectors' meaning. Intervals are "
            "95&nbsp;% of "
         << "a paired t test, corrected for the training data that folds share.</p>";
    const auto svg = read_text(folder / "study.svg");
    if (const auto start = svg.find("<svg"); start != svg.npos)
        html << "<figure>" << svg.substr(start) << "</figure>";
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
    notes say(true);
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

    std::vector<panel> panels;
    const auto whole = whole_data(data, folds, csv, say);
    panels.push_back(
        {"epochs",
         "set title 'Learning curves, all training ratings'\nset xlabel 'epoch'\n" + curve_range(whole),
         whole});
    if (!s.shares.empty()) {
        std::pair<double, series> few;
        const auto shares = less_data(data, folds, csv, say, few);
        char percent[32];
        std::snprintf(percent, sizeof percent, "%g", few.first * 100);
        if (!few.second.empty())
            panels.push_back({"few",
                              "set title 'Learning curves, " + std::string(percent) +
                                  " % of the training ratings'\nset xlabel 'epoch'\n" +
                                  curve_range(few.second),
                              few.second});
        panels.push_back({"shares",
                          "set title 'After the last epoch'\nset logscale x\nset xtics (1,2,5,10,20,50,100)\n"
                          "set xlabel '% of the training ratings'\n",
                          shares});
    }
    if (s.cold_parts > 1 && s.cold_partitions > 0)
        panels.push_back({"cold",
                          "set title 'Items never seen (axis not from 0)'\nset yrange [*:*]\nset offsets "
                          "0.6,0.6,graph 0.15,graph "
                          "0.1\nset xtics rotate by -12\n",
                          cold_items(data, csv, say), true});
    write_plot(folder, data, panels);
    const auto back = std::filesystem::current_path();
    std::filesystem::current_path(folder);
    const bool drawn = std::system("gnuplot study.gp > gnuplot.log 2>&1") == 0;
    std::filesystem::current_path(back);
    write_report(folder, data, say.text());
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
    app.add_option("--l2", s.l2, "weight of the squared factors and biases for each rating")
        ->capture_default_str();
    app.add_option("--row-l2", s.row_l2, "the same for each row and epoch")->capture_default_str();
    app.add_option("--every", s.every, "epochs between two fits of the adapter's maps")
        ->capture_default_str();
    app.add_option("--shares", s.shares, "of the training ratings, for the curve of data efficiency")
        ->check(CLI::Range(0.0, 1.0))
        ->expected(0, -1)
        ->capture_default_str();
    app.add_option("--cold-parts", s.cold_parts, "parts of the items that are held out in turn; 0: none")
        ->capture_default_str();
    app.add_option("--cold-partitions", s.cold_partitions, "different cuts of the items into such parts")
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
