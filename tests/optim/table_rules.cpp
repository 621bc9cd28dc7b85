#include <cmath>
#include <limits>
#include <vector>

#include <doctest/doctest.h>

#include <graft/model/recommender.hpp>
#include <graft/optim/adamw.hpp>
#include <graft/optim/sgd.hpp>
#include <graft/train/fit.hpp>

#include <support/backend.hpp>
#include <support/small_world.hpp>

namespace {

template <class Scalar>
using biased_model = test::recommender<Scalar, Eigen::Dynamic, graft::biased>;

const auto& world() {
    static const auto data = small_world(40, 30, 1500);
    return data;
}

biased_model<double> start() {
    biased_model<double> model(40, 30, 6, {.seed = 2});
    model.set_mean(3);
    return model;
}

/// Weights under plain AdamW.
struct plain_adamw {
    Eigen::MatrixXd w;
    Eigen::MatrixXd m = Eigen::MatrixXd::Zero(w.rows(), w.cols());
    Eigen::MatrixXd v = m;

    void step(const graft::adamw& o, int t, Eigen::Index r, const Eigen::RowVectorXd& g) {
        m.row(r) = o.beta1 * m.row(r) + (1 - o.beta1) * g;
        v.row(r) = o.beta2 * v.row(r) + (1 - o.beta2) * g.cwiseAbs2();
        w.row(r) *= 1 - o.lr * o.weight_decay;
        w.row(r).array() -= o.lr * m.row(r).array() / (1 - std::pow(o.beta1, t)) /
                            ((v.row(r).array() / (1 - std::pow(o.beta2, t))).sqrt() + o.eps);
    }
};

using rows_frozen = std::vector<bool>;

/// User 0 and item 0 meet in the first steps, 1 and 1 in all others, 2 and 3 in none. Items are frozen from
/// step 10 to 350, item 2 for good.
template <class Optimizer>
void thaw(const Optimizer& optimizer, const graft::adamw& plain, const graft::table_rules& rules,
          const rows_frozen& frozen) {
    test::recommender<double> model(4, 4, 5, {.stddev = 1, .seed = 4});
    plain_adamw users{model.users().factors()};
    plain_adamw items{model.items().factors()};
    graft::trainer trainer(model, optimizer);
    int t = 0;
    const auto train = [&](int steps, const rows_frozen& left_out) {
        for (const int end = t + steps; t < end;) {
            const unsigned row = t < 5 ? 0 : 1;
            trainer.step(std::vector{graft::user_id{row}}, std::vector{graft::item_id{row}},
                         std::vector{2.0F});
            ++t;
            const Eigen::MatrixXd p = users.w;
            const Eigen::MatrixXd q = items.w;
            for (Eigen::Index r = 0; r < 4; ++r) {
                const double pull = r == row ? 2 * (p.row(r).dot(q.row(r)) - 2) : 0;
                users.step(plain, t, r, pull * q.row(r));
                if (!left_out[static_cast<std::size_t>(r)]) items.step(plain, t, r, pull * p.row(r));
            }
        }
    };
    const auto check = [&] {
        trainer.settle();
        CHECK((model.users().factors() - users.w).cwiseAbs().maxCoeff() < 1e-12);
        CHECK((model.items().factors() - items.w).cwiseAbs().maxCoeff() < 1e-12);
    };
    train(10, {false, false, false, false});
    trainer.set_rules({}, rules);
    check();
    const auto before = model;
    const auto keeps = [&](std::size_t r) { return model.items().row(r) == before.items().row(r); };
    train(40, frozen);
    trainer.set_rules({}, rules); // settles in the midst of it
    train(300, frozen);
    trainer.set_rules({}, {.row_lr_factors = {1, 1, 0, 1}});
    for (std::size_t r = 0; r < 4; ++r) CHECK(keeps(r) == frozen[r]);
    check();
    for (const int steps : {1, 1, 100}) {
        train(steps, {false, false, true, false});
        check();
        CHECK(!keeps(0)); // its moments move it on
        CHECK(keeps(2));
    }
}

} // namespace

TEST_CASE("what was frozen goes on from where it was, and makes up for no step of that time") {
    const graft::adamw decaying{.lr = 0.02, .weight_decay = 0.1};
    const graft::adamw plain{.lr = 0.02, .weight_decay = 0};
    const graft::table_rules table{.lr_factor = 0};
    const graft::table_rules rows{.row_lr_factors = {0, 1, 0, 0}};
    thaw(decaying, decaying, table, {true, true, true, true});
    thaw(decaying, decaying, rows, {true, false, true, true});
    thaw(graft::adam{.lr = 0.02}, plain, table, {true, true, true, true});
    thaw(graft::adam{.lr = 0.02}, plain, rows, {true, false, true, true});
}

TEST_CASE("a frozen table keeps its bits while the other one learns") {
    for (const bool users : {true, false}) {
        auto model = start();
        const auto before = model;
        graft::fit_options<graft::adam> options{.epochs = 3, .l2 = 0.1};
        (users ? options.users : options.items).lr_factor = 0;
        graft::fit(model, world(), options);
        CHECK((model.users().weights() == before.users().weights()) == users);
        CHECK((model.items().weights() == before.items().weights()) != users);
        CHECK(graft::mean_squared_error(model, world()) < graft::mean_squared_error(before, world()));
    }
}

TEST_CASE("frozen rows keep their bits, also under weight decay") {
    const auto check = [](const auto& optimizer) {
        auto model = start();
        const auto before = model;
        graft::fit_options<std::decay_t<decltype(optimizer)>> options{
            .epochs = 2, .batch_size = 50, .optimizer = optimizer};
        options.items.row_lr_factors.assign(30, 1.0F);
        for (std::size_t r = 0; r < 30; r += 3) options.items.row_lr_factors[r] = 0;
        graft::fit(model, world(), options);
        for (std::size_t r = 0; r < 30; ++r)
            CHECK((model.items().row(r) == before.items().row(r)) == (r % 3 == 0));
    };
    check(graft::adam{});
    check(graft::adamw{.weight_decay = 0.1});
    check(graft::sgd{.lr = 0.1});
}

TEST_CASE("a factor on both tables, and on all rows, is a factor on the learning rate") {
    const auto run = [](double lr, double table, float row) {
        auto model = start();
        graft::fit_options<graft::adam> options{.epochs = 3, .batch_size = 20, .optimizer = {.lr = lr}};
        options.users.lr_factor = options.items.lr_factor = table;
        options.users.row_lr_factors.assign(40, row);
        options.items.row_lr_factors.assign(30, row);
        graft::fit(model, world(), options);
        return model;
    };
    const auto want = run(0.001, 1, 1);
    for (const auto& got : {run(0.004, 0.25, 1), run(0.004, 1, 0.25F), run(0.004, 0.5, 0.5F)}) {
        CHECK((got.users().factors() - want.users().factors()).cwiseAbs().maxCoeff() < 1e-12);
        CHECK((got.items().factors() - want.items().factors()).cwiseAbs().maxCoeff() < 1e-12);
    }
}

TEST_CASE("the penalty draws to the anchor, with its own weight") {
    // A step of sgd with rate 1 and targets equal to the scores moves by the penalty alone: -2 l2 (w -
    // anchor) for each interaction of a batch of 1.
    auto model = start();
    const std::vector<graft::user_id> users{graft::user_id{3}};
    const std::vector<graft::item_id> items{graft::item_id{5}};
    const auto score = static_cast<float>(model.score(users[0], items[0]));
    model.set_mean(model.mean() + static_cast<double>(score) -
                   model.score(users[0], items[0])); // exact in float
    const std::vector<float> targets{score};
    graft::trainer_options options{.l2 = 0.05};
    options.users.l2 = 0.2;
    options.users.anchor.setConstant(40, 7, 0.5F);
    options.items.anchor.setConstant(30, 6, -0.25F); // without the biases: these are drawn to 0
    const auto before = model;
    {
        graft::trainer trainer(model, graft::sgd{.lr = 1}, options);
        trainer.step(users, items, targets);
    }
    const Eigen::VectorXd p = before.users().row(3);
    const Eigen::VectorXd q = before.items().row(5);
    CHECK((model.users().row(3) - (p.array() - 2 * 0.2 * (p.array() - 0.5)).matrix()).cwiseAbs().maxCoeff() <
          1e-7);
    CHECK(model.users().bias(3) == doctest::Approx(2 * 0.2 * 0.5).epsilon(1e-6));
    CHECK(
        (model.items().row(5) - (q.array() - 2 * 0.05 * (q.array() + 0.25)).matrix()).cwiseAbs().maxCoeff() <
        1e-7);
    CHECK(std::abs(model.items().bias(5)) < 1e-7);
}

TEST_CASE("a row's own penalty is added to that of its table") {
    const auto moved = [](graft::trainer_options options) {
        auto model = start();
        const std::vector<graft::user_id> users{graft::user_id{3}, graft::user_id{3}, graft::user_id{4}};
        const std::vector<graft::item_id> items{graft::item_id{5}, graft::item_id{6}, graft::item_id{5}};
        const std::vector<float> targets{1, 2, 3};
        graft::trainer trainer(model, graft::sgd{.lr = 0.1}, options);
        trainer.step(users, items, targets);
        trainer.settle();
        return std::pair(model.users().weights(), model.items().weights());
    };
    graft::trainer_options rows{.l2 = 0.05};
    rows.users.row_l2.assign(40, 0.25F);
    rows.items.row_l2.assign(30, 0.0F);
    rows.items.l2 = 0.5;
    rows.items.row_l2[6] = 0.5F;
    graft::trainer_options tables{};
    tables.users.l2 = 0.05 + 0.25;
    tables.items.l2 = 0.5;
    const auto [users, items] = moved(rows);
    const auto [same_users, other_items] = moved(tables);
    CHECK(users == same_users);
    tables.items.l2 = 1;
    const auto heavier = moved(tables).second;
    const auto row = [](const std::vector<double>& weights, std::size_t r) {
        return std::vector<double>(weights.begin() + static_cast<std::ptrdiff_t>(7 * r),
                                   weights.begin() + static_cast<std::ptrdiff_t>(7 * r + 7));
    };
    CHECK(row(items, 5) == row(other_items, 5));
    CHECK(row(items, 6) == row(heavier, 6));
    CHECK(row(items, 6) != row(other_items, 6));
}

TEST_CASE("fit shares a row's penalty among its interactions") {
    const auto& data = world();
    std::vector<float> counts(40, 0.0F);
    for (const auto user : data.users()) ++counts[graft::row_of(user)];
    auto a = start();
    graft::fit_options<graft::adam> options{.epochs = 2, .batch_size = 50, .l2 = 0.01, .row_l2 = 3};
    graft::fit(a, data, options);
    auto b = start();
    options.row_l2 = 0;
    options.users.row_l2.resize(40);
    for (std::size_t r = 0; r < 40; ++r)
        options.users.row_l2[r] = static_cast<float>(3.0 / double(counts[r]));
    std::vector<float> item_counts(30, 0.0F);
    for (const auto item : data.items()) ++item_counts[graft::row_of(item)];
    options.items.row_l2.resize(30);
    for (std::size_t r = 0; r < 30; ++r)
        options.items.row_l2[r] = static_cast<float>(3.0 / double(item_counts[r]));
    graft::fit(b, data, options);
    CHECK(a.users().weights() == b.users().weights());
    CHECK(a.items().weights() == b.items().weights());
    options.row_l2 = std::numeric_limits<double>::infinity();
    CHECK_THROWS_WITH_AS(graft::fit(b, data, options), "fit: row_l2 must be a finite number >= 0",
                         graft::argument_error);
}

TEST_CASE(
    "a table that is frozen for the first epochs learns afterwards, and rules do not depend on threads") {
    const auto run = [](std::size_t threads, std::size_t epochs) {
        biased_model<float> model(40, 30, 6, {.seed = 2});
        graft::fit_options<graft::adam> options{
            .epochs = epochs, .batch_size = 64, .l2 = 0.1, .threads = threads};
        options.users.anchor.setConstant(40, 6, 0.1F);
        options.items.row_lr_factors.assign(30, 0.5F);
        options.items_frozen_for = 2;
        graft::fit(model, world(), options);
        return model;
    };
    const biased_model<float> before(40, 30, 6, {.seed = 2});
    CHECK(run(1, 2).items().weights() == before.items().weights());
    const auto one = run(1, 4);
    CHECK(one.items().weights() != before.items().weights());
    for (const std::size_t threads : {2U, 3U, 8U}) {
        const auto other = run(threads, 4);
        CHECK(other.users().weights() == one.users().weights());
        CHECK(other.items().weights() == one.items().weights());
    }
}

TEST_CASE("rules that do not fit are refused before anything changes") {
    auto model = start();
    const auto before = model.users().weights();
    const auto refuse = [&](const graft::table_rules& users, const char* message) {
        graft::fit_options<graft::adam> options{};
        options.users = users;
        CHECK_THROWS_WITH_AS(graft::fit(model, world(), options), message, graft::argument_error);
    };
    refuse({.lr_factor = -1}, "table_rules: the users' lr_factor must be a finite number >= 0");
    refuse({.row_lr_factors = {1, 2}}, "table_rules: the users' row_lr_factors has 2 numbers for 40 rows");
    std::vector<float> factors(40, 1.0F);
    factors[7] = std::numeric_limits<float>::quiet_NaN();
    refuse({.row_lr_factors = factors},
           "table_rules: the users' row_lr_factors[7] must be a finite number >= 0");
    refuse({.l2 = -0.5}, "table_rules: the users' l2 must be a finite number >= 0");
    refuse({.row_l2 = {1, 2}}, "table_rules: the users' row_l2 has 2 numbers for 40 rows");
    refuse({.row_l2 = std::vector<float>(40, -1.0F)},
           "table_rules: the users' row_l2[0] must be a finite number >= 0");
    refuse({.lr_factor = 1e39}, "table_rules: the users' lr_factor must be at most 1e9");
    refuse({.row_lr_factors = std::vector<float>(40, 2e9F)},
           "table_rules: the users' row_lr_factors[0] must be at most 1e9");
    refuse({.l2 = 1e39}, "table_rules: the users' l2 must be at most 1e30");
    refuse({.row_l2 = std::vector<float>(40, 3e38F)},
           "table_rules: the users' row_l2[0] must be at most 1e30");
    graft::table_rules rules;
    rules.anchor.setZero(40, 5);
    refuse(rules, "table_rules: the users' anchor is 40 x 5; the table is 40 x 6");
    rules.anchor.setConstant(40, 6, std::numeric_limits<float>::infinity());
    refuse(rules, "table_rules: the users' anchor is not finite");
    graft::fit_options<graft::adamw> decaying{};
    decaying.items.lr_factor = 0.5;
    CHECK_THROWS_WITH_AS(graft::fit(model, world(), decaying),
                         "table_rules: with weight decay a learning rate factor must be 0 or 1",
                         graft::argument_error);
    CHECK(model.users().weights() == before);
}
