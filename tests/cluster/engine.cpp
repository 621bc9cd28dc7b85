// Training on several ranks gives the bits of one machine.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#if defined(__linux__)
#include <sys/resource.h>
#endif

#include <doctest/doctest.h>

#include <graft/backend/cpu/cpu.hpp>
#include <graft/cluster/detail/shared_pages.hpp>
#include <graft/cluster/mpi_cpu.hpp>
#include <graft/core/random.hpp>
#include <graft/loss/bpr.hpp>
#include <graft/loss/logistic.hpp>
#include <graft/loss/softmax.hpp>
#include <graft/model/recommender.hpp>
#include <graft/optim/adam.hpp>
#include <graft/optim/adamw.hpp>
#include <graft/optim/sgd.hpp>
#include <graft/optim/sparse_adam.hpp>
#include <graft/train/fit.hpp>
#include <graft/train/trainer.hpp>

#include <support/on_ranks.hpp>

namespace {

using on_ranks::same_weights;
using on_ranks::world;

struct shape {
    std::size_t users = 700, items = 400, ratings = 4000, batch = 200, threads = 1;
};
/// In a batch of the larger one most items occur once.
const shape sizes[] = {{}, {.users = 6040, .items = 3706, .ratings = 20'000, .batch = 1024}};

/// Trains on one machine and on all ranks. change: the options.
template <class Scalar, class Scorer, class Optimizer, class Loss = graft::squared_error, class Change>
void check_same_run(std::size_t dim, const Change& change, const shape& size = {}) {
    const auto [users, items, ratings, batch, threads] = size;
    const world data(ratings, users, items);
    const world valid(500, users, items, 17);
    using graft::recommender;
    recommender<Scalar, Eigen::Dynamic, graft::cpu, Scorer> one(users, items, dim, {.seed = 5});
    recommender<Scalar, Eigen::Dynamic, graft::mpi_cpu, Scorer> all(users, items, dim, {.seed = 5});
    graft::fit_options<Optimizer, Loss> options{.epochs = 2, .batch_size = batch};
    options.threads = threads;
    change(options);
    const auto want = graft::fit(one, data.interactions(), valid.interactions(), options);
    const auto got = graft::fit(all, data.interactions(), valid.interactions(), options);
    REQUIRE(got.epochs.size() == want.epochs.size());
    for (std::size_t e = 0; e < want.epochs.size(); ++e) {
        CHECK(got.epochs[e].train_loss == want.epochs[e].train_loss);
        CHECK(got.epochs[e].valid_loss == want.epochs[e].valid_loss);
    }
    CHECK(got.best_epoch == want.best_epoch);
    CHECK(same_weights(one, all));
}

const auto nothing = [](auto&) {};
const auto negatives = [](auto& options) { options.negatives.per_positive = 3; };

} // namespace

TEST_CASE("ranks train as one machine, with every optimizer") {
    for (const shape& size : sizes) {
        CAPTURE(size.users);
        check_same_run<float, graft::dot, graft::adam>(64, nothing, size);
        check_same_run<double, graft::biased, graft::adam>(21, nothing, size);
        check_same_run<float, graft::biased, graft::adam>(32, nothing, size);
        check_same_run<float, graft::biased, graft::adamw>(21, nothing, size);
        check_same_run<float, graft::biased, graft::sparse_adam>(21, nothing, size);
        check_same_run<float, graft::dot, graft::sgd>(21, nothing, size);
    }
}

TEST_CASE("ranks of several threads train as one machine") {
    for (shape size : sizes) {
        CAPTURE(size.users);
        size.threads = 2;
        check_same_run<float, graft::biased, graft::adam>(21, nothing, size);
        size.threads = 3;
        check_same_run<float, graft::dot, graft::adam, graft::bpr>(21, negatives, size);
    }
}

TEST_CASE("ranks train as one machine, with every loss and with negatives") {
    const auto clicks = [](auto& options) {
        options.values_are_weights = true;
        options.negatives = {.per_positive = 2, .popularity_power = 0.5};
    };
    for (const shape& size : sizes) {
        CAPTURE(size.users);
        check_same_run<float, graft::biased, graft::adam, graft::logistic>(16, clicks, size);
        check_same_run<float, graft::biased, graft::adam, graft::bpr>(16, negatives, size);
        check_same_run<float, graft::dot, graft::sparse_adam, graft::softmax>(16, negatives, size);
    }
}

TEST_CASE("ranks train as one machine, with rules, schedules and early stopping") {
    check_same_run<float, graft::biased, graft::adam>(21, [](auto& options) {
        options.epochs = 12;
        options.optimizer.lr = 0.03;
        options.patience = 2;
        options.schedule = graft::cosine_decay{};
        options.users.row_lr_factors.assign(700, 1.0F);
        for (std::size_t r = 0; r < 700; r += 5) options.users.row_lr_factors[r] = r % 2 == 0 ? 0.0F : 0.5F;
        options.items.anchor.setConstant(400, 21, 0.05F);
        options.items.row_l2.assign(400, 0.02F);
        options.items.lr_factor = 2;
        options.items_frozen_for = 1;
    });
}

TEST_CASE("a batch may have fewer users and items than there are ranks, and a table fewer rows") {
    using graft::recommender;
    recommender<float, Eigen::Dynamic, graft::cpu> one(3, 2, 4, {.seed = 5});
    recommender<float, Eigen::Dynamic, graft::mpi_cpu> all(3, 2, 4, {.seed = 5});
    const auto train = [](auto& model) {
        graft::trainer trainer(model, graft::adam{}, {.threads = 2});
        const std::vector<graft::user_id> users{graft::user_id{2}, graft::user_id{0}, graft::user_id{2}};
        const std::vector<graft::item_id> items{graft::item_id{1}, graft::item_id{1}, graft::item_id{1}};
        const std::vector<float> targets{1, 2, 3};
        std::vector<double> losses(3);
        CHECK(!trainer.train(users, items, targets, 1, losses));
        losses.push_back(trainer.step(users, items, targets));
        return losses;
    };
    CHECK(train(one) == train(all));
    CHECK(same_weights(one, all));
}

TEST_CASE("a loss that is not finite ends the run on all ranks, at the same interaction and with the same "
          "weights") {
    using graft::recommender;
    const world data(900, 50, 40);
    const auto train = [&](auto& model, std::size_t bad) {
        auto row = model.users().row(bad);
        row[3] = 1e30F;
        model.users().set_row(bad, row);
        graft::trainer trainer(model, graft::adam{});
        std::vector<double> losses(9);
        const auto found = trainer.train(data.users, data.items, data.values, 100, losses);
        REQUIRE(found);
        return std::pair{found->place, found->step};
    };
    for (const std::size_t bad : {13U, 46U}) {
        recommender<float, Eigen::Dynamic, graft::cpu, graft::biased> one(50, 40, 8,
                                                                          {.stddev = 10, .seed = 5});
        recommender<float, Eigen::Dynamic, graft::mpi_cpu, graft::biased> all(50, 40, 8,
                                                                              {.stddev = 10, .seed = 5});
        CHECK(train(one, bad) == train(all, bad));
        CHECK(same_weights(one, all));
    }
}

#if defined(__linux__)
TEST_CASE("ranks that no longer get memory that all see send messages, with the same bits") {
    using graft::recommender;
    const world data(4000, 700, 400);
    recommender<float, Eigen::Dynamic, graft::cpu, graft::biased> one(700, 400, 8, {.seed = 5});
    recommender<float, Eigen::Dynamic, graft::mpi_cpu, graft::biased> all(700, 400, 8, {.seed = 5});
    const auto train = [&](auto& model, const auto& between) {
        graft::table_rules drawn;
        drawn.row_l2.assign(400, 0.02F);
        graft::trainer trainer(model, graft::adam{}, {.items = drawn});
        std::vector<double> losses(40), more(8);
        CHECK(!trainer.train(data.users, data.items, data.values, 100, losses));
        between();
        CHECK(!trainer.train(data.users, data.items, data.values, 500, more));
        losses.insert(losses.end(), more.begin(), more.end());
        return losses;
    };
    rlimit before{};
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
    const auto want = train(one, [] {});
    const auto got = train(all, [&] { // a batch of 500 needs more memory, which is a file
        const rlimit none{0, before.rlim_max};
        REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
        using graft::detail::shared_pages;
        CHECK(shared_pages(graft::detail::ranks(), shared_pages::page()).bytes() == 0);
    });
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
    CHECK(got == want);
    CHECK(same_weights(one, all));
}
#endif

TEST_CASE("ranks with other data are told so") {
    graft::recommender<float, Eigen::Dynamic, graft::mpi_cpu> model(20, 10, 4);
    graft::trainer trainer(model);
    const graft::detail::ranks all;
    const std::vector<graft::user_id> users{graft::user_id{1}};
    const std::vector<graft::item_id> items{graft::item_id{2}};
    const std::vector<float> targets{all.me() == 1 ? 1.0F : 2.0F};
    if (all.size() == 1)
        CHECK_NOTHROW(trainer.step(users, items, targets));
    else
        CHECK_THROWS_WITH_AS(trainer.step(users, items, targets), doctest::Contains("same training data"),
                             graft::error);
}
