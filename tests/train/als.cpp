#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <Eigen/Dense>
#include <doctest/doctest.h>

#include <graft/core/error.hpp>
#include <graft/core/random.hpp>
#include <graft/data/interactions.hpp>
#include <graft/model/recommender.hpp>
#include <graft/train/als.hpp>
#include <graft/train/trainer.hpp>

#include <support/backend.hpp>
#include <support/golden.hpp>
#include <support/renamed.hpp>

namespace {

using model_type = test::recommender<double>;
using matrix = golden::matrix<double>;

/// Clicks with counts from 1 to 4 among the first rows; the last user and the last item have none.
graft::interactions clicks(std::size_t users, std::size_t items, std::size_t count) {
    graft::random_engine engine(11);
    std::vector<graft::user_id> u;
    std::vector<graft::item_id> i;
    std::vector<float> values;
    for (std::size_t k = 0; k < count; ++k) {
        // Squares, so that some rows have many.
        const auto a = graft::draw_below(engine, (users - 1) * (users - 1));
        const auto b = graft::draw_below(engine, (items - 1) * (items - 1));
        u.push_back(static_cast<graft::user_id>(std::sqrt(static_cast<double>(a))));
        i.push_back(static_cast<graft::item_id>(std::sqrt(static_cast<double>(b))));
        values.push_back(static_cast<float>(1 + graft::draw_below(engine, 4)));
    }
    return graft::interactions::from_rows(u, i, values, users, items);
}

bool meets_someone(const graft::interactions& data, bool user, std::size_t r) {
    for (std::size_t k = 0; k < data.size(); ++k)
        if ((user ? row_of(data.users()[k]) : row_of(data.items()[k])) == r) return true;
    return false;
}

/// The objective as the documentation has it, as a function of both tables.
double objective(const graft::interactions& data, const graft::als_options& o, const matrix& p,
                 const matrix& q) {
    const auto index = [](std::size_t r) { return static_cast<Eigen::Index>(r); };
    Eigen::VectorXd of_user = Eigen::VectorXd::Zero(p.rows());
    Eigen::VectorXd of_item = Eigen::VectorXd::Zero(q.rows());
    double sum = 0;
    for (std::size_t k = 0; k < data.size(); ++k) {
        const auto u = index(row_of(data.users()[k]));
        const auto i = index(row_of(data.items()[k]));
        const double c = o.alpha ? *o.alpha * static_cast<double>(data.values()[k]) : 1.0;
        of_user[u] += c;
        of_item[i] += c;
        sum += c * std::pow(1 - p.row(u).dot(q.row(i)), 2);
    }
    const auto users = static_cast<double>((of_user.array() > 0).count());
    const auto items = static_cast<double>((of_item.array() > 0).count());
    for (Eigen::Index u = 0; u < p.rows(); ++u)
        for (Eigen::Index i = 0; i < q.rows(); ++i)
            if (of_user[u] > 0 && of_item[i] > 0)
                sum += o.unobserved_weight * std::pow(p.row(u).dot(q.row(i)), 2);
    const auto penalty = [&](const matrix& w, const Eigen::VectorXd& of_row, double others,
                             const graft::table_rules& rules) {
        for (Eigen::Index r = 0; r < w.rows(); ++r) {
            if (of_row[r] == 0) continue;
            Eigen::RowVectorXd anchor = Eigen::RowVectorXd::Zero(w.cols());
            if (rules.anchor.size() != 0) anchor = rules.anchor.row(r).cast<double>();
            const double l2 =
                rules.l2.value_or(o.l2) +
                (rules.row_l2.empty() ? 0.0 : static_cast<double>(rules.row_l2[static_cast<std::size_t>(r)]));
            sum += l2 * std::pow(of_row[r] + o.unobserved_weight * others, o.l2_exponent) *
                   (w.row(r) - anchor).squaredNorm();
        }
    };
    penalty(p, of_user, items, o.users);
    penalty(q, of_item, users, o.items);
    return sum;
}

double objective(const graft::interactions& data, const graft::als_options& o, const model_type& model) {
    return objective(data, o, model.users().factors(), model.items().factors());
}

/// The largest derivative of the objective by a number of a table, by differences.
double steepest(const graft::interactions& data, const graft::als_options& o, const model_type& model,
                bool users) {
    matrix p = model.users().factors();
    matrix q = model.items().factors();
    matrix& moved = users ? p : q;
    double most = 0;
    const double h = 1e-4; // the objective is a square in it: differences are exact
    for (Eigen::Index i = 0; i < moved.size(); ++i) {
        const double at = moved.data()[i];
        moved.data()[i] = at + h;
        const double up = objective(data, o, p, q);
        moved.data()[i] = at - h;
        const double down = objective(data, o, p, q);
        moved.data()[i] = at;
        most = (std::max)(most, std::abs(up - down) / (2 * h));
    }
    return most;
}

graft::als_options with_everything(std::size_t users, std::size_t items, std::size_t dim) {
    graft::als_options o{.unobserved_weight = 0.3, .l2 = 0.02, .l2_exponent = 0.7, .alpha = 0.5};
    const auto n = static_cast<Eigen::Index>(dim);
    o.users.anchor.setConstant(static_cast<Eigen::Index>(users), n, 0.25F);
    o.items.anchor.setConstant(static_cast<Eigen::Index>(items), n, -0.5F);
    o.users.l2 = 0.05;
    o.items.row_l2.assign(items, 0.01F);
    return o;
}

/// The blocks of als.golden by their names.
std::map<std::string, matrix> golden_blocks() {
    const auto path = std::filesystem::path(GRAFT_FIXTURES).parent_path() / "golden" / "als.golden";
    std::ifstream file(path, std::ios::binary);
    const std::string content{std::istreambuf_iterator<char>(file), {}};
    const std::size_t end = content.find("\ndata\n");
    REQUIRE(end != std::string::npos);
    std::size_t at = end + 6;
    std::map<std::string, matrix> blocks;
    std::istringstream text(content.substr(0, end));
    std::string key, name;
    int rows = 0, cols = 0;
    while (text >> key >> name >> rows >> cols)
        blocks[name] = golden::detail::take<double>(content, at, rows, cols);
    REQUIRE(at == content.size());
    return blocks;
}

} // namespace

TEST_CASE("least squares in alternation follow NumPy's dense solutions") {
    auto blocks = golden_blocks();
    std::vector<graft::user_id> users;
    std::vector<graft::item_id> items;
    std::vector<float> values;
    for (const auto& click : blocks["clicks"].rowwise()) {
        users.push_back(static_cast<graft::user_id>(click[0]));
        items.push_back(static_cast<graft::item_id>(click[1]));
        values.push_back(static_cast<float>(click[2]));
    }
    const auto data = graft::interactions::from_rows(users, items, values, 9, 7);
    const auto check = [&](const std::string& name, const graft::als_options& options, double tolerance) {
        model_type model(9, 7, 3);
        for (std::size_t r = 0; r < 7; ++r)
            model.items().set_row(r, blocks["first_items"].row(static_cast<Eigen::Index>(r)).transpose());
        graft::fit_als(model, data, options);
        CHECK((model.users().factors() - blocks[name + "_users"]).cwiseAbs().maxCoeff() < tolerance);
        CHECK((model.items().factors() - blocks[name + "_items"]).cwiseAbs().maxCoeff() < tolerance);
    };
    graft::als_options plain{
        .epochs = 3, .cg_steps = 0, .unobserved_weight = 0.1, .l2 = 0.01, .l2_exponent = 1};
    graft::als_options full{
        .epochs = 3, .cg_steps = 0, .unobserved_weight = 0.3, .l2 = 0.05, .l2_exponent = 0.5, .alpha = 0.5};
    full.users.anchor = blocks["user_anchor"].cast<float>();
    full.items.anchor = blocks["item_anchor"].cast<float>();
    check("plain", plain, 1e-10);
    check("full", full, 1e-10);
    plain.cg_steps = full.cg_steps = 20; // more than there are dimensions
    check("plain", plain, 1e-10);
    check("full", full, 1e-10);
}

TEST_CASE("the train loss is the objective over the interactions, and falls in every epoch") {
    const auto data = clicks(40, 30, 500);
    for (const std::size_t cg_steps : {0U, 1U, 3U})
        for (auto options : {graft::als_options{}, with_everything(40, 30, 9)}) {
            options.epochs = 8;
            options.cg_steps = cg_steps;
            model_type model(40, 30, 9);
            double before = std::numeric_limits<double>::infinity();
            const auto history = graft::fit_als(model, data, options, [&](const graft::progress& p) {
                CHECK(p.train_loss == doctest::Approx(objective(data, options, model) / 500).epsilon(1e-12));
                CHECK(p.train_loss < before);
                CHECK(p.finished->train_loss == p.train_loss);
                CHECK(p.epochs == 8);
                before = p.train_loss;
            });
            CHECK(history.epochs.size() == 8);
            CHECK(history.best_epoch == 8);
            CHECK_FALSE(history.stopped_by_callback);
        }
}

TEST_CASE("after an epoch in closed form the objective is flat in the item rows, later in all") {
    const auto data = clicks(20, 15, 150);
    for (auto options : {graft::als_options{.l2 = 0.05}, with_everything(20, 15, 5)}) {
        options.cg_steps = 0;
        options.epochs = 1;
        model_type model(20, 15, 5);
        graft::fit_als(model, data, options);
        CHECK(steepest(data, options, model, false) < 1e-8);
        CHECK(steepest(data, options, model, true) > 1e-3);
        options.epochs = 3000;
        graft::fit_als(model, data, options);
        CHECK(steepest(data, options, model, false) < 1e-8);
        CHECK(steepest(data, options, model, true) < 1e-6);
    }
}

TEST_CASE("least squares have the same bits for any number of threads") {
    const auto data = clicks(120, 80, 2000);
    for (const std::size_t dim : {7U, 33U})
        for (const std::size_t cg_steps : {0U, 3U}) {
            auto options = with_everything(120, 80, dim);
            options.epochs = 2;
            options.cg_steps = cg_steps;
            std::vector<float> users, items;
            std::optional<double> loss;
            for (const std::size_t threads : {1U, 2U, 3U, 4U, 8U}) {
                options.threads = threads;
                test::recommender<float> model(120, 80, dim, {.seed = 4});
                const auto history = graft::fit_als(model, data, options);
                if (!loss) {
                    users = model.users().weights();
                    items = model.items().weights();
                    loss = history.epochs.back().train_loss;
                }
                CHECK(model.users().weights() == users);
                CHECK(model.items().weights() == items);
                CHECK(history.epochs.back().train_loss == *loss);
            }
        }
}

TEST_CASE("steps of conjugate gradients come to the closed solution, and floats near doubles") {
    const auto data = clicks(60, 50, 900);
    const auto options = [](std::size_t cg_steps) {
        return graft::als_options{.epochs = 2, .cg_steps = cg_steps, .l2 = 0.05};
    };
    model_type closed(60, 50, 12), stepwise(60, 50, 12);
    test::recommender<float> floats(60, 50, 12);
    graft::fit_als(closed, data, options(0));
    graft::fit_als(stepwise, data, options(60));
    graft::fit_als(floats, data, options(0));
    const matrix wanted = closed.items().factors();
    CHECK((stepwise.items().factors() - wanted).cwiseAbs().maxCoeff() < 1e-9);
    CHECK((floats.items().factors().cast<double>() - wanted).cwiseAbs().maxCoeff() < 1e-3);
}

TEST_CASE("the confidence of a click is alpha times its value, so that a count is as many clicks") {
    std::vector<graft::user_id> users;
    std::vector<graft::item_id> items;
    const auto counted = clicks(12, 9, 60);
    for (std::size_t k = 0; k < counted.size(); ++k)
        for (int copies = 0; copies < static_cast<int>(counted.values()[k]); ++copies) {
            users.push_back(counted.users()[k]);
            items.push_back(counted.items()[k]);
        }
    const auto repeated =
        graft::interactions::from_rows(users, items, std::vector<float>(users.size(), 5.0F), 12, 9);
    model_type a(12, 9, 4), b(12, 9, 4), unweighted(12, 9, 4);
    graft::fit_als(a, counted, {.epochs = 3, .cg_steps = 0, .alpha = 1});
    graft::fit_als(b, repeated, {.epochs = 3, .cg_steps = 0});
    graft::fit_als(unweighted, counted, {.epochs = 3, .cg_steps = 0});
    CHECK((a.users().factors() - b.users().factors()).cwiseAbs().maxCoeff() < 1e-10);
    CHECK((a.users().factors() - unweighted.users().factors()).cwiseAbs().maxCoeff() > 1e-3);
}

TEST_CASE("rows without clicks become their anchor, or 0, and count nowhere") {
    const auto data = clicks(12, 9, 60);
    REQUIRE_FALSE(meets_someone(data, true, 11));
    REQUIRE_FALSE(meets_someone(data, false, 8));
    model_type model(12, 9, 4, {.seed = 1}), other(12, 9, 4, {.seed = 1});
    other.items().set_row(8, Eigen::Vector4d::Constant(100));
    graft::fit_als(model, data, {.epochs = 2});
    graft::fit_als(other, data, {.epochs = 2});
    CHECK(model.users().row(11) == Eigen::Vector4d::Zero());
    CHECK(model.items().row(8) == Eigen::Vector4d::Zero());
    CHECK(model.items().weights() == other.items().weights());
    const auto anchored = with_everything(12, 9, 4);
    graft::fit_als(model, data, anchored);
    CHECK(model.users().row(11) == Eigen::Vector4d::Constant(0.25));
    CHECK(model.items().row(8) == Eigen::Vector4d::Constant(-0.5));
}

TEST_CASE("a strong anchor holds the rows, and a weak one does not") {
    const auto data = clicks(12, 9, 60);
    auto options = with_everything(12, 9, 4);
    options.items.l2 = 1e6;
    model_type model(12, 9, 4);
    graft::fit_als(model, data, options);
    CHECK((model.items().factors().array() + 0.5).abs().maxCoeff() < 1e-4);
    options.items.l2 = 1e-3;
    graft::fit_als(model, data, options);
    CHECK((model.items().factors().array() + 0.5).abs().maxCoeff() > 0.1);
}

TEST_CASE("frozen tables and rows stay as they are, and users are folded in to frozen items") {
    const auto data = clicks(12, 9, 60);
    model_type model(12, 9, 4);
    graft::fit_als(model, data, {.epochs = 5, .cg_steps = 0});
    const auto items = model.items().weights();
    const auto users = model.users().weights();
    graft::als_options options{.epochs = 1, .cg_steps = 0};
    options.items.lr_factor = 0;
    graft::fit_als(model, data, options);
    CHECK(model.items().weights() == items);
    CHECK(model.users().weights() != users);

    // The same user alone.
    std::vector<graft::item_id> met;
    for (std::size_t k = 0; k < data.size(); ++k)
        if (row_of(data.users()[k]) == 7) met.push_back(data.items()[k]);
    const std::vector<graft::user_id> who(met.size(), graft::user_id{0});
    model_type served(1, 9, 4);
    served.items().set_weights(items);
    graft::fit_als(served,
                   graft::interactions::from_rows(who, met, std::vector<float>(met.size(), 1.0F), 1, 9),
                   options);
    CHECK((served.users().row(0) - model.users().row(7)).cwiseAbs().maxCoeff() < 1e-12);

    options = {.epochs = 2};
    options.users.row_lr_factors.assign(12, 1.0F);
    options.users.row_lr_factors[3] = 0;
    options.users.row_lr_factors[11] = 0; // without clicks
    const auto before = model.users().factors();
    graft::fit_als(model, data, options);
    CHECK(model.users().row(3) == before.row(3).transpose());
    CHECK(model.users().row(11) == before.row(11).transpose());
    CHECK(model.users().row(2) != before.row(2).transpose());
}

TEST_CASE("a callback ends least squares by returning false, with the model of that epoch") {
    const auto data = clicks(12, 9, 60);
    model_type stopped(12, 9, 4), whole(12, 9, 4);
    const auto history =
        graft::fit_als(stopped, data, {}, [](const graft::progress& p) { return p.epoch < 2; });
    CHECK(history.stopped_by_callback);
    CHECK(history.epochs.size() == 2);
    graft::fit_als(whole, data, {.epochs = 2});
    CHECK(stopped.items().weights() == whole.items().weights());
}

TEST_CASE("what does not fit together is refused, and the model stays as it was") {
    const auto data = clicks(12, 9, 60);
    model_type model(12, 9, 4);
    const auto users = model.users().weights();
    const auto items = model.items().weights();
    const auto refused = [&](graft::als_options options, const char* words) {
        CHECK_THROWS_WITH_AS(graft::fit_als(model, data, options), doctest::Contains(words),
                             graft::argument_error);
    };
    const double nan = std::numeric_limits<double>::quiet_NaN();
    refused({.unobserved_weight = -1}, "unobserved_weight");
    refused({.unobserved_weight = nan}, "unobserved_weight");
    refused({.l2 = 0}, "l2 must be a finite number above 0");
    refused({.l2 = nan}, "l2 must be");
    refused({.l2_exponent = -1}, "l2_exponent");
    refused({.alpha = 0.0}, "alpha");
    refused({.alpha = 1e308}, "value at position 0");
    refused({.cg_steps = 1001}, "cg_steps");
    refused({.threads = 2000}, "2000 threads");
    graft::als_options options;
    options.users.lr_factor = 0.5;
    refused(options, "0 (frozen) or 1");
    options.users.lr_factor = 0;
    options.items.lr_factor = 0;
    refused(options, "both tables are frozen");
    options = {};
    options.items.l2 = 0;
    refused(options, "the l2 of a table");
    options = {};
    options.items.anchor.setZero(9, 3);
    refused(options, "anchor is 9 x 3; the table is 9 x 4");
    options = {};
    options.users.row_l2 = {1.0F};
    refused(options, "row_l2");

    const std::vector<graft::user_id> u{graft::user_id{0}};
    const std::vector<graft::item_id> i{graft::item_id{0}};
    const auto negative = graft::interactions::from_rows(u, i, std::vector<float>{-1.0F}, 12, 9);
    CHECK_THROWS_WITH_AS(graft::fit_als(model, negative, {.alpha = 1}),
                         doctest::Contains("position 0 is -1.0"), graft::argument_error);
    CHECK_THROWS_AS(graft::fit_als(model, clicks(13, 9, 60)), graft::argument_error);
    CHECK_THROWS_AS(graft::fit_als(model, graft::interactions()), graft::argument_error);
    {
        graft::trainer trainer(model);
        CHECK_THROWS_WITH_AS(graft::fit_als(model, data), doctest::Contains("a trainer works"), graft::error);
    }
    CHECK(model.users().weights() == users);
    CHECK(model.items().weights() == items);

    model_type zero(12, 9, 4, {.stddev = 0});
    CHECK_THROWS_WITH_AS(graft::fit_als(zero, data), doctest::Contains("item rows"), graft::argument_error);
}

TEST_CASE("a row without a finite solution is named, and the model stays as it was") {
    const auto data = clicks(12, 9, 60);
    for (const std::size_t cg_steps : {0U, 3U}) {
        test::recommender<float> model(12, 9, 4, {.stddev = 1e25});
        const auto users = model.users().weights();
        CHECK_THROWS_WITH_AS(graft::fit_als(model, data, {.cg_steps = cg_steps}),
                             doctest::Contains("epoch 1: the equations of user '"), graft::divergence_error);
        CHECK(model.users().weights() == users);
    }
}

TEST_CASE("fit_als gives a model the ids of its rows and refuses others") {
    const auto [data, renamed] = test::renamed_data();
    graft::recommender<float> model(2, 3, 4);
    graft::fit_als(model, data, {.epochs = 1});
    CHECK(model.shared_user_ids() == data.shared_user_ids());
    const auto before = model.users().weights();
    CHECK_THROWS_AS(graft::fit_als(model, renamed, {.epochs = 1}), graft::argument_error);
    CHECK(model.users().weights() == before);
    CHECK(model.shared_user_ids() == data.shared_user_ids());
}
