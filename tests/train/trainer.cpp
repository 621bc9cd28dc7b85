#include <cmath>
#include <limits>
#include <vector>

#include <doctest/doctest.h>

#include <graft/model/recommender.hpp>
#include <graft/optim/adamw.hpp>
#include <graft/optim/sgd.hpp>
#include <graft/train/trainer.hpp>

#include <support/backend.hpp>
#include <support/small_world.hpp>

namespace {

using graft::item_id;
using graft::user_id;

struct batch {
    std::vector<user_id> users;
    std::vector<item_id> items;
    std::vector<float> targets;
};

batch random_batch(graft::random_engine& engine, std::size_t size, std::size_t users, std::size_t items) {
    batch b;
    for (std::size_t k = 0; k < size; ++k) {
        b.users.push_back(static_cast<user_id>(graft::draw_below(engine, users)));
        b.items.push_back(static_cast<item_id>(graft::draw_below(engine, items)));
        b.targets.push_back(static_cast<float>(graft::draw_uniform(engine) * 4 + 1));
    }
    return b;
}

/// mse + l2 (|p|^2 + |q|^2) per interaction, from weights [rows x width].
template <class Model>
double objective(const Model& model, const batch& b, double l2) {
    double sum = 0;
    const auto squares = [](const auto& table, std::size_t r) {
        const double bias = table.has_bias() ? table.bias(r) : 0;
        return table.row(r).squaredNorm() + bias * bias;
    };
    for (std::size_t k = 0; k < b.users.size(); ++k) {
        const double miss = model.score(b.users[k], b.items[k]) - static_cast<double>(b.targets[k]);
        sum += miss * miss +
               l2 * (squares(model.users(), row_of(b.users[k])) + squares(model.items(), row_of(b.items[k])));
    }
    return sum / static_cast<double>(b.users.size());
}

template <class Scorer>
void check_gradient(double l2) {
    test::recommender<double, Eigen::Dynamic, Scorer> model(7, 5, 21, {.stddev = 0.5, .seed = 2});
    graft::random_engine engine(4);
    const batch b = random_batch(engine, 30, 7, 5); // every row stands there several times
    if constexpr (Scorer::has_biases) {
        model.set_mean(0.7);
        for (std::size_t r = 0; r < 7; ++r) model.users().set_bias(r, 0.1 * static_cast<double>(r));
    }
    auto moved = model;
    {
        graft::trainer trainer(moved, graft::sgd{.lr = 1}, {.l2 = l2});
        trainer.step(b.users, b.items, b.targets);
    }
    const double h = 1e-5;
    const auto check = [&](auto table_of) {
        const auto weights = table_of(model).weights();
        const auto after = table_of(moved).weights();
        for (std::size_t i = 0; i < weights.size(); ++i) {
            auto nudged = weights;
            auto other = model;
            nudged[i] = weights[i] + h;
            table_of(other).set_weights(nudged);
            const double up = objective(other, b, l2);
            nudged[i] = weights[i] - h;
            table_of(other).set_weights(nudged);
            const double down = objective(other, b, l2);
            CHECK(weights[i] - after[i] == doctest::Approx((up - down) / (2 * h)).epsilon(1e-7).scale(1));
        }
    };
    check([](auto& m) -> auto& { return m.users(); });
    check([](auto& m) -> auto& { return m.items(); });
}

/// Dense Adam or AdamW as it is written, on one table of which each row's gradient is given at each step.
struct plain_adam {
    double lr, beta1, beta2, eps, decay;
    Eigen::ArrayXXd w, m, v;
    int t = 0;
    void step(const Eigen::ArrayXXd& g) {
        ++t;
        m = beta1 * m + (1 - beta1) * g;
        v = beta2 * v + (1 - beta2) * g * g;
        w = (1 - lr * decay) * w -
            lr * (m / (1 - std::pow(beta1, t))) / ((v / (1 - std::pow(beta2, t))).sqrt() + eps);
    }
};

/// 1200 steps of a small model, both tables against the plain version.
void check_betas(double beta1, double beta2, double eps, double decay, std::size_t dim = 5) {
    constexpr std::size_t users = 12;
    constexpr std::size_t items = 3;
    test::recommender<double> model(users, items, dim, {.stddev = 0.5, .seed = 9});
    const auto start = model;
    plain_adam u{1e-2, beta1, beta2, eps, decay, {}, {}, {}};
    plain_adam q = u;
    const auto load = [](plain_adam& a, const auto& table) {
        a.w = table.factors().array();
        a.m = a.v = Eigen::ArrayXXd::Zero(a.w.rows(), a.w.cols());
    };
    load(u, start.users());
    load(q, start.items());

    const auto run = [&](auto& trainer) {
        graft::random_engine engine(1);
        for (int step = 0; step < 1200; ++step) {
            const std::size_t awake = step % 400 < 3 ? users : 2; // ten users sleep for 397 steps at a time
            const batch b = random_batch(engine, 6, awake, items);
            Eigen::ArrayXXd gu = Eigen::ArrayXXd::Zero(u.w.rows(), u.w.cols());
            Eigen::ArrayXXd gq = Eigen::ArrayXXd::Zero(q.w.rows(), q.w.cols());
            for (std::size_t k = 0; k < 6; ++k) {
                const auto r = static_cast<Eigen::Index>(row_of(b.users[k]));
                const auto i = static_cast<Eigen::Index>(row_of(b.items[k]));
                const double e =
                    2.0 / 6 * ((u.w.row(r) * q.w.row(i)).sum() - static_cast<double>(b.targets[k]));
                gu.row(r) += e * q.w.row(i);
                gq.row(i) += e * u.w.row(r);
            }
            u.step(gu);
            q.step(gq);
            trainer.step(b.users, b.items, b.targets);
        }
    };
    if (decay == 0) {
        graft::trainer trainer(model, graft::adam{.lr = 1e-2, .beta1 = beta1, .beta2 = beta2, .eps = eps});
        run(trainer);
    } else {
        graft::trainer trainer(
            model,
            graft::adamw{.lr = 1e-2, .beta1 = beta1, .beta2 = beta2, .eps = eps, .weight_decay = decay});
        run(trainer);
    }
    INFO("betas " << beta1 << " " << beta2 << " eps " << eps << " decay " << decay);
    CHECK((model.users().factors().array() - u.w).abs().maxCoeff() < 1e-9 * u.w.abs().maxCoeff());
    CHECK((model.items().factors().array() - q.w).abs().maxCoeff() < 1e-9 * q.w.abs().maxCoeff());
}

} // namespace

TEST_CASE("the gradient is that of the objective by finite differences") {
    for (const double l2 : {0.0, 0.3}) {
        check_gradient<graft::dot>(l2);
        check_gradient<graft::biased>(l2);
    }
}

TEST_CASE("rows that sleep move as dense Adam moves them, whatever the hyperparameters") {
    check_betas(0.9, 0.999, 1e-8, 0);
    check_betas(0.9, 0.999, 1e-3, 0);   // eps matters in every step
    check_betas(0.9, 0.999, 10.0, 0);   // eps is all there is
    check_betas(0.0, 0.999, 1e-8, 0);   // no momentum: sleeping rows stand still
    check_betas(0.5, 0.9, 1e-6, 0);     // a short one
    check_betas(0.9, 0.8, 1e-6, 0);     // the moves of a sleeping row grow at first
    check_betas(0.99, 0.999, 1e-8, 0);  // a long memory
    check_betas(0.9, 0.0, 1.0, 0);      // no second moment left after a step
    check_betas(0.9, 0.999, 1e-200, 0); // an eps whose square is 0
    check_betas(0.9, 0.999, 1e-200, 0.5);
    check_betas(0.9, 0.999, 1e-8, 0.5);
    check_betas(0.9, 0.8, 1e-6, 0.5);
    // Rows of whole cache lines have no room for the step that they are up to date with.
    check_betas(0.9, 0.999, 1e-8, 0, 8);
    check_betas(0.9, 0.999, 1e-8, 0.5, 8);
}

TEST_CASE("a row that lags behind cannot be read") {
    test::recommender<float, Eigen::Dynamic, graft::biased> model(4, 3, 2);
    const std::vector<user_id> users{user_id{0}};
    const std::vector<item_id> items{item_id{1}};
    const std::vector<float> targets{1.0F};
    const char* message =
        "embedding_table: a trainer works on this table and its rows lag behind; call the trainer's settle() "
        "before reading it";
    {
        graft::trainer trainer(model);
        trainer.step(users, items, targets);
        std::vector<float> all(3);
        CHECK_THROWS_WITH_AS((void)model.users().row(0), message, graft::error);
        CHECK_THROWS_WITH_AS((void)model.users().bias(0), message, graft::error);
        CHECK_THROWS_WITH_AS((void)model.items().factors(), message, graft::error);
        CHECK_THROWS_WITH_AS((void)model.items().weights(), message, graft::error);
        CHECK_THROWS_WITH_AS((void)model.items().store(), message, graft::error);
        CHECK_THROWS_WITH_AS(model.users().set_bias(0, 1), message, graft::error);
        CHECK_THROWS_WITH_AS(model.users().set_row(0, Eigen::Vector2f::Zero()), message, graft::error);
        CHECK_THROWS_WITH_AS(model.users().set_weights(std::vector<float>(12)), message, graft::error);
        CHECK_THROWS_WITH_AS((void)model.score(user_id{0}, item_id{1}), message, graft::error);
        CHECK_THROWS_WITH_AS(model.score_all(user_id{0}, all), message, graft::error);
        CHECK_THROWS_WITH_AS(graft::trainer{model},
                             "embedding_table: another trainer works on this table; end it first",
                             graft::error);
        const auto copy_of_lagging = [&] { return model; };
        CHECK_THROWS_WITH_AS((void)copy_of_lagging(), message, graft::error);
        trainer.settle();
        CHECK_NOTHROW((void)model.score(user_id{0}, item_id{1}));
        auto copy = model; // free of the trainer
        graft::trainer other(copy);
        trainer.step(users, items, targets);
    }
    CHECK_NOTHROW((void)model.users().row(0));
}

TEST_CASE("a bad batch is refused and changes nothing") {
    test::recommender<float> model(4, 3, 2);
    const auto before = model.users().weights();
    {
        graft::trainer trainer(model);
        const std::vector<user_id> users{user_id{0}, user_id{4}};
        const std::vector<item_id> items{item_id{1}, item_id{2}};
        const std::vector<float> targets{1.0F, 2.0F};
        CHECK_THROWS_WITH_AS(trainer.step(users, items, targets),
                             "recommender: user 4 (at position 1) is not among the model's 4 rows",
                             graft::argument_error);
        const std::vector<user_id> good{user_id{0}, user_id{3}};
        const std::vector<float> nan{1.0F, std::numeric_limits<float>::quiet_NaN()};
        CHECK_THROWS_WITH_AS(trainer.step(good, items, nan),
                             "trainer: the target at position 1 is not finite", graft::argument_error);
        const std::vector<float> one{1.0F};
        CHECK_THROWS_WITH_AS(trainer.step(good, items, one),
                             "trainer: a batch needs as many users as items and targets, and at least one",
                             graft::argument_error);
        CHECK_THROWS_WITH_AS(trainer.step({}, {}, {}),
                             "trainer: a batch needs as many users as items and targets, and at least one",
                             graft::argument_error);
        CHECK_THROWS_WITH_AS(trainer.set_lr(-1), "trainer: lr must be a finite number >= 0",
                             graft::argument_error);
    }
    CHECK(model.users().weights() == before);
}

TEST_CASE("a row that no step touches keeps its bits") {
    test::recommender<float> model(1000, 3, 2);
    const auto before = model.users().weights();
    {
        graft::trainer trainer(model);
        const std::vector<user_id> users{user_id{7}};
        const std::vector<item_id> items{item_id{1}};
        const std::vector<float> targets{1.0F};
        for (int i = 0; i < 10; ++i) trainer.step(users, items, targets);
    }
    const auto after = model.users().weights();
    for (std::size_t i = 0; i < after.size(); ++i) CHECK((after[i] != before[i]) == (i / 2 == 7));
}

TEST_CASE("an item whose batch leaves the finite numbers sleeps through that step") {
    const auto weights_after = [](bool diverge) {
        test::recommender<double> model(3, 3, 21, {.mean = 0.5, .stddev = 0.1});
        model.users().set_row(2, Eigen::VectorXd::Constant(21, 1.7e308)); // its scores are infinite
        graft::trainer trainer(model, graft::adam{.lr = 0.01});
        const auto step = [&](std::uint32_t user, std::uint32_t item) {
            const std::vector<user_id> users{user_id{user}};
            const std::vector<item_id> items{item_id{item}};
            const std::vector<float> targets{3.0F};
            trainer.step(users, items, targets);
        };
        step(0, 0);
        for (int i = 0; i < 5; ++i) step(1, 1);
        if (diverge)
            CHECK_THROWS_AS(step(2, 0), graft::divergence_error);
        else
            step(1, 1);
        trainer.settle();
        return Eigen::VectorXd(model.items().row(0));
    };
    const auto want = weights_after(false);
    CHECK((weights_after(true) - want).cwiseAbs().maxCoeff() < 1e-12);
}
