#include <cstdint>
#include <limits>
#include <vector>

#include <doctest/doctest.h>

#include <graft/optim/adamw.hpp>
#include <graft/optim/sgd.hpp>
#include <graft/train/trainer.hpp>

#include <support/backend.hpp>
#include <support/in_child.hpp>

namespace {

using graft::item_id;
using graft::user_id;

/// A backend whose engines say that they have done nearly as many steps as can be counted.
struct far_ahead : test::backend {
    template <class Scalar, int Dim, class Scorer, class Optimizer, class Loss>
    struct engine : test::backend::engine<Scalar, Dim, Scorer, Optimizer, Loss> {
        using base = test::backend::engine<Scalar, Dim, Scorer, Optimizer, Loss>;
        using base::base;
        [[nodiscard]] std::uint32_t steps() const noexcept { return 0xffff'fffcU + base::steps(); }
    };
};

} // namespace

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

TEST_CASE("the mean of a model that a trainer works with cannot be set, nor the model be replaced") {
    test::recommender<float, Eigen::Dynamic, graft::biased> model(4, 3, 2);
    model.set_mean(1);
    {
        const graft::trainer trainer(model);
        const char* message = "recommender: a trainer works on this model with the mean that it has; end it "
                              "before the mean is set";
        CHECK_THROWS_WITH_AS(model.set_mean(2), message, graft::error);
        CHECK_THROWS_WITH_AS(model.reset_mean(), message, graft::error);
        const decltype(model) other(5, 5, 5);
        CHECK_THROWS_WITH_AS(
            model = other, "embedding_table: a trainer works on this table; end it before the table is moved",
            graft::error);
        CHECK(model.mean() == 1);
        CHECK(model.num_users() == 4);
    }
    model.set_mean(2);
    CHECK(model.mean() == 2);
}

TEST_CASE("a target whose loss is beyond the numbers is an error") {
    test::recommender<float> model(4, 3, 2);
    graft::trainer trainer(model);
    const std::vector<user_id> users{user_id{0}, user_id{1}};
    const std::vector<item_id> items{item_id{1}, item_id{2}};
    for (const float target : {2e19F, -3e38F}) {
        const std::vector<float> targets{1.0F, target};
        CHECK_THROWS_WITH_AS(trainer.step(users, items, targets),
                             doctest::Contains("trainer: the loss of user 1 and item 2 at step"),
                             graft::divergence_error);
    }
}

#if defined(GRAFT_TEST_HAS_FORK) && !defined(GRAFT_TEST_SYSTEM)
TEST_CASE("a trainer of several threads does not step in a forked process, and one thread does") {
    test::recommender<float> model(4, 3, 2);
    const std::vector<user_id> users{user_id{0}, user_id{1}};
    const std::vector<item_id> items{item_id{1}, item_id{2}};
    const std::vector<float> targets{1.0F, 2.0F};
    for (const std::size_t threads : {1U, 3U}) {
        graft::trainer trainer(model, graft::adam{}, {.threads = threads});
        trainer.step(users, items, targets);
        const auto said = test::in_child([&] {
            trainer.step(users, items, targets);
            return "stepped";
        });
        if (threads == 1)
            CHECK(said == "stepped");
        else
            CHECK(said == "thread_pool: the threads stayed in the process that this one was forked from; "
                          "fork before the threads are started, or use one thread");
        trainer.step(users, items, targets);
    }
}
#endif

TEST_CASE("steps beyond those that are counted are refused before anything changes") {
    graft::recommender<float, Eigen::Dynamic, far_ahead> model(4, 3, 2);
    graft::trainer trainer(model);
    const std::vector<user_id> users{user_id{0}, user_id{1}, user_id{2}};
    const std::vector<item_id> items{item_id{1}, item_id{2}, item_id{0}};
    const std::vector<float> targets{1.0F, 2.0F, 3.0F};
    std::vector<double> losses(3);
    CHECK_THROWS_WITH_AS(
        trainer.train(users, items, targets, 1, losses),
        "trainer: 3 steps after 4294967292 are more than the 4294967294 that are counted; begin "
        "a new trainer",
        graft::error);
    CHECK(losses == std::vector<double>(3));
    trainer.step(users, items, targets);
    trainer.step(users, items, targets);
    trainer.settle();
    const auto before = model.users().weights();
    CHECK_THROWS_WITH_AS(trainer.step(users, items, targets),
                         doctest::Contains("1 steps after 4294967294 are more"), graft::error);
    CHECK(model.users().weights() == before);
}

TEST_CASE("a learning rate that the optimizer would refuse is refused, and the one before stays") {
    test::recommender<float> model(4, 3, 2);
    graft::trainer trainer(model, graft::adamw{.lr = 0.1, .weight_decay = 0.5});
    for (const double lr : {2.0, 3.0, 1e10})
        CHECK_THROWS_WITH_AS(trainer.set_lr(lr),
                             "adamw: weight_decay must be >= 0 and lr * weight_decay below 1",
                             graft::argument_error);
    CHECK_THROWS_WITH_AS(trainer.set_lr(1e39), "adamw: lr must be at most 1e15 in a model of float",
                         graft::argument_error);
    trainer.set_lr(1.9);
    test::recommender<float> plain(4, 3, 2);
    graft::trainer other(plain, graft::sgd{});
    CHECK_THROWS_AS(other.set_lr(1e39), graft::argument_error);
    CHECK_THROWS_AS(graft::trainer(plain, graft::sgd{}, {.l2 = 1e39}), graft::argument_error);
}
