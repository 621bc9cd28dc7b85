#include <cmath>
#include <cstddef>

#include <doctest/doctest.h>

#include <graft/core/random.hpp>
#include <graft/optim/adam.hpp>
#include <graft/optim/adamw.hpp>
#include <graft/train/trainer.hpp>

#include <support/backend.hpp>
#include <support/batches.hpp>

namespace {

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
            const auto b = test::random_batch(engine, 6, awake, items);
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
