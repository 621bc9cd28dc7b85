#include <cmath>
#include <cstddef>
#include <vector>

#include <doctest/doctest.h>

#include <graft/core/random.hpp>
#include <graft/loss/logistic.hpp>
#include <graft/train/fit.hpp>

#include <support/backend.hpp>
#include <support/batches.hpp>
#include <support/finite_differences.hpp>
#include <support/follow.hpp>

namespace {

/// Half of the pairs are met: those of users and items of the same kind.
graft::interactions two_kinds() {
    std::vector<graft::user_id> users;
    std::vector<graft::item_id> items;
    std::vector<float> values;
    for (unsigned u = 0; u < 30; ++u)
        for (unsigned i = 0; i < 20; ++i) {
            users.push_back(graft::user_id{u});
            items.push_back(graft::item_id{i});
            values.push_back(u % 2 == i % 2 ? 1.0F : 0.0F);
        }
    return graft::interactions::from_rows(users, items, values, 30, 20);
}

} // namespace

TEST_CASE("the logistic gradient is that of the cross entropy by finite differences") {
    graft::random_engine engine(4);
    auto b = test::random_batch(engine, 30, 7, 5);
    for (std::size_t k = 0; k < b.targets.size(); ++k)
        b.targets[k] = k % 3 == 0 ? 0.25F : static_cast<float>(k % 2);
    const auto objective = [](const std::vector<double>& scores, const std::vector<float>& targets) {
        double sum = 0;
        for (std::size_t k = 0; k < scores.size(); ++k) {
            const double p = 1 / (1 + std::exp(-scores[k]));
            const auto t = static_cast<double>(targets[k]);
            sum -= t * std::log(p) + (1 - t) * std::log(1 - p);
        }
        return sum / static_cast<double>(scores.size());
    };
    for (const double l2 : {0.0, 0.3}) {
        test::check_gradient<graft::dot>(graft::logistic{}, b, l2, 1, objective);
        test::check_gradient<graft::biased>(graft::logistic{}, b, l2, 1, objective);
    }
}

TEST_CASE_TEMPLATE("logistic terms of large scores are finite", Scalar, float, double) {
    const graft::logistic loss;
    const auto bad = loss(Scalar(-1000), Scalar(1));
    CHECK(bad.value == Scalar(1000));
    CHECK(bad.gradient == Scalar(-1));
    const auto good = loss(Scalar(1000), Scalar(1));
    CHECK(good.value == Scalar(0));
    CHECK(good.gradient == Scalar(0));
    const auto undecided = loss(Scalar(0), Scalar(0.5));
    CHECK(undecided.value == doctest::Approx(std::log(2.0)));
    CHECK(undecided.gradient == Scalar(0));
}

TEST_CASE("fit with the logistic loss starts a biased model at the log-odds and tells pairs apart") {
    test::recommender<float, Eigen::Dynamic, graft::biased> model(30, 20, 4);
    const auto data = two_kinds();
    const auto result = graft::fit(model, data, data,
                                   graft::fit_options<graft::adam, graft::logistic>{
                                       .epochs = 60, .batch_size = 50, .optimizer = {.lr = 0.02}});
    CHECK(model.mean() == doctest::Approx(0.0).scale(1).epsilon(1e-6)); // as many zeros as ones
    CHECK(result.epochs.front().train_loss == doctest::Approx(std::log(2.0)).epsilon(0.05));
    CHECK(*result.epochs.back().valid_loss < 0.05);
    CHECK(model.score(graft::user_id{0}, graft::item_id{2}) > 2);
    CHECK(model.score(graft::user_id{0}, graft::item_id{3}) < -2);
    CHECK(graft::logistic::best_constant(0.75) == doctest::Approx(std::log(3.0)));
    CHECK(std::isfinite(graft::logistic::best_constant(0)));
    CHECK(std::isfinite(graft::logistic::best_constant(1)));
}

TEST_CASE("ratings are refused by the logistic loss before anything changes") {
    test::recommender<float, Eigen::Dynamic, graft::biased> model(1, 1, 2);
    const auto before = model;
    const auto data = graft::interactions::from_rows(std::vector{graft::user_id{0}},
                                                     std::vector{graft::item_id{0}}, std::vector{5.0F}, 1, 1);
    CHECK_THROWS_WITH_AS(
        graft::fit(model, data, graft::fit_options<graft::adam, graft::logistic>{}),
        "fit: the target at position 0 is 5.000000; this loss takes targets from 0.000000 to 1.000000",
        graft::argument_error);
    CHECK(model.users().weights() == before.users().weights());
    CHECK(!model.has_mean());
}

// By 1e-10 in double; in float as near to PyTorch's double run as PyTorch's own float run is.
TEST_CASE("training with logistic follows PyTorch's") {
    const auto c = golden::load("adam_logistic");
    golden::follow<test::backend, graft::biased, double, graft::adam, graft::logistic>(c);
    golden::follow<test::backend, graft::biased, float, graft::adam, graft::logistic>(c);
}
