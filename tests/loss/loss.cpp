#include <cmath>
#include <cstddef>
#include <vector>

#include <doctest/doctest.h>

#include <graft/core/host_device.hpp>
#include <graft/core/random.hpp>
#include <graft/loss/bpr.hpp>
#include <graft/loss/logistic.hpp>
#include <graft/loss/loss.hpp>
#include <graft/loss/softmax.hpp>
#include <graft/loss/squared_error.hpp>
#include <graft/optim/adam.hpp>
#include <graft/train/trainer.hpp>

#include <support/backend.hpp>
#include <support/batches.hpp>
#include <support/finite_differences.hpp>

namespace {

/// The first of a group against the mean of the squared distances to the others: (s_0 - s_k - t_k)^2.
struct distances {
    static constexpr bool compares_only = true;

    template <class Scalar>
    GRAFT_HOST_DEVICE Scalar operator()(const Scalar* scores, const float* targets, std::size_t size,
                                        Scalar* gradients) const {
        Scalar sum = 0;
        gradients[0] = 0;
        for (std::size_t k = 1; k < size; ++k) {
            const Scalar distance = scores[0] - scores[k] - static_cast<Scalar>(targets[k]);
            sum += distance * distance;
            gradients[k] = Scalar(-2) * distance;
            gradients[0] += Scalar(2) * distance;
        }
        return sum;
    }
};

static_assert(graft::pointwise_loss<graft::squared_error> && !graft::group_loss<graft::squared_error>);
static_assert(graft::pointwise_loss<graft::logistic>);
static_assert(graft::group_loss<distances> && !graft::pointwise_loss<distances>);
static_assert(!graft::loss<graft::adam>);

constexpr std::size_t group = 3;

template <class Scalar>
std::vector<Scalar> weights_after(const test::batch& b, std::size_t batch_size, std::size_t threads) {
    test::recommender<Scalar, Eigen::Dynamic, graft::biased> model(40, 60, 20, {.seed = 3});
    graft::trainer<decltype(model), graft::adam, distances> trainer(
        model, {.lr = 0.01}, {.threads = threads, .group_size = group});
    std::vector<double> losses((b.users.size() + batch_size - 1) / batch_size);
    for (int epoch = 0; epoch < 3; ++epoch)
        CHECK(!trainer.train(b.users, b.items, b.targets, batch_size, losses));
    trainer.settle();
    CHECK(losses.back() > 0);
    auto all = model.users().weights();
    const auto items = model.items().weights();
    all.insert(all.end(), items.begin(), items.end());
    return all;
}

} // namespace

TEST_CASE("a loss of groups has the gradient of its mean over the groups") {
    graft::random_engine engine(4);
    const auto b = test::grouped_batch(engine, 12, group, 7, 5);
    const auto objective = [](const std::vector<double>& scores, const std::vector<float>& targets) {
        double sum = 0;
        for (std::size_t k = 0; k < scores.size(); ++k)
            if (k % group != 0)
                sum += std::pow(scores[k - k % group] - scores[k] - static_cast<double>(targets[k]), 2);
        return sum / (static_cast<double>(scores.size()) / group);
    };
    for (const double l2 : {0.0, 0.3}) {
        test::check_gradient<graft::dot>(distances{}, b, l2, group, objective);
        test::check_gradient<graft::biased>(distances{}, b, l2, group, objective);
    }
}

TEST_CASE("weights multiply the loss of an interaction, and of a group by that of its first one") {
    graft::random_engine engine(4);
    auto b = test::grouped_batch(engine, 12, group, 7, 5);
    for (std::size_t k = 0; k < b.users.size(); ++k) b.weights.push_back(static_cast<float>(k % 4) / 2.0F);
    const auto pointwise = [&](const std::vector<double>& scores, const std::vector<float>& targets) {
        double sum = 0;
        for (std::size_t k = 0; k < scores.size(); ++k)
            sum +=
                static_cast<double>(b.weights[k]) * std::pow(scores[k] - static_cast<double>(targets[k]), 2);
        return sum / static_cast<double>(scores.size());
    };
    test::check_gradient<graft::biased>(graft::squared_error{}, b, 0.0, 1, pointwise);
    test::check_gradient<graft::biased>(graft::squared_error{}, b, 0.3, 1, pointwise);
    const auto grouped = [&](const std::vector<double>& scores, const std::vector<float>& targets) {
        double sum = 0;
        for (std::size_t k = 0; k < scores.size(); ++k)
            if (k % group != 0)
                sum += static_cast<double>(b.weights[k - k % group]) *
                       std::pow(scores[k - k % group] - scores[k] - static_cast<double>(targets[k]), 2);
        return sum / (static_cast<double>(scores.size()) / group);
    };
    test::check_gradient<graft::biased>(distances{}, b, 0.0, group, grouped);

    test::recommender<float> model(7, 5, 2);
    graft::trainer trainer(model);
    b.weights[3] = -1;
    CHECK_THROWS_WITH_AS(trainer.step(b.users, b.items, b.targets, b.weights),
                         "trainer: the weight at position 3 is -1.000000; weights are finite numbers >= 0",
                         graft::argument_error);
    b.weights.pop_back();
    CHECK_THROWS_WITH_AS(trainer.step(b.users, b.items, b.targets, b.weights),
                         "trainer: 35 weights do not pair with 36 interactions", graft::argument_error);
}

TEST_CASE("weights of 1 change no bits") {
    graft::random_engine engine(6);
    const auto b = test::random_batch(engine, 400, 40, 60);
    const std::vector<float> ones(b.users.size(), 1.0F);
    test::recommender<float, Eigen::Dynamic, graft::biased> plain(40, 60, 20, {.seed = 3});
    auto weighed = plain;
    {
        graft::trainer a(plain);
        graft::trainer c(weighed);
        std::vector<double> losses(4), same(4);
        CHECK(!a.train(b.users, b.items, b.targets, 100, losses));
        CHECK(!c.train(b.users, b.items, b.targets, 100, same, ones));
        CHECK(losses == same);
    }
    CHECK(plain.users().weights() == weighed.users().weights());
    CHECK(plain.items().weights() == weighed.items().weights());
}

TEST_CASE("a loss of groups gives the same bits for any number of threads") {
    graft::random_engine engine(6);
    const auto b = test::grouped_batch(engine, 400, group, 40, 60);
    const auto one = weights_after<float>(b, 90, 1);
    for (const std::size_t threads : {2U, 3U, 8U}) CHECK(weights_after<float>(b, 90, threads) == one);
}

TEST_CASE_TEMPLATE("a user's bias has no gradient where a loss only compares", Loss, graft::bpr,
                   graft::softmax) {
    graft::random_engine engine(6);
    const auto b = test::grouped_batch(engine, 200, group, 20, 30);
    test::recommender<float, Eigen::Dynamic, graft::biased> model(20, 30, 5, {.seed = 3});
    for (std::size_t r = 0; r < 20; ++r) model.users().set_bias(r, 0.1F * static_cast<float>(r));
    const auto before = model;
    const auto train = [&](double l2) {
        graft::trainer<decltype(model), graft::adam, Loss> trainer(model, {.lr = 0.01},
                                                                   {.l2 = l2, .group_size = group});
        std::vector<double> losses(20);
        for (int epoch = 0; epoch < 5; ++epoch)
            CHECK(!trainer.train(b.users, b.items, b.targets, 30, losses));
        trainer.settle();
    };
    train(0);
    for (std::size_t r = 0; r < 20; ++r) CHECK(model.users().bias(r) == before.users().bias(r));
    CHECK(model.users().weights() != before.users().weights());
    for (std::size_t r = 0; r < 30; ++r) CHECK(model.items().bias(r) != before.items().bias(r));
    train(0.1); // the penalty goes on
    for (std::size_t r = 1; r < 20; ++r) CHECK(model.users().bias(r) < before.users().bias(r));
}

TEST_CASE("groups that are none are refused") {
    test::recommender<float> model(3, 3, 2);
    const auto before = model;
    graft::trainer<decltype(model), graft::adam, distances> trainer(model, {}, {.group_size = 2});
    const std::vector users{graft::user_id{0}, graft::user_id{0}, graft::user_id{1}, graft::user_id{2}};
    const std::vector items{graft::item_id{0}, graft::item_id{1}, graft::item_id{2}, graft::item_id{0}};
    const std::vector targets{0.0F, 0.0F, 0.0F, 0.0F};
    CHECK_THROWS_WITH_AS(
        trainer.step(users, items, targets),
        "trainer: the interactions of a group must be of one user; that at position 3 is of another",
        graft::argument_error);
    CHECK_THROWS_WITH_AS(
        trainer.step(std::span(users).first(3), std::span(items).first(3), std::span(targets).first(3)),
        "trainer: the interactions and batch_size must be multiples of group_size, 2", graft::argument_error);
    CHECK_THROWS_AS((graft::trainer<decltype(model), graft::adam, distances>(model, {}, {.group_size = 0})),
                    graft::argument_error);
    trainer.settle();
    CHECK(model.users().weights() == before.users().weights());
}

TEST_CASE("a group whose loss is not finite ends the run where it is") {
    test::recommender<float> model(3, 3, 2, {.stddev = 1});
    graft::trainer<decltype(model), graft::adam, distances> trainer(model, {}, {.group_size = 2});
    const std::vector users{graft::user_id{0}, graft::user_id{0}, graft::user_id{1}, graft::user_id{1}};
    const std::vector items{graft::item_id{0}, graft::item_id{1}, graft::item_id{2}, graft::item_id{0}};
    const std::vector targets{0.0F, 0.0F, 0.0F, 3e38F};
    double loss = 0;
    const auto bad = trainer.train(users, items, targets, 4, std::span(&loss, 1));
    REQUIRE(bad);
    CHECK(bad->place == 2); // where the group begins
    CHECK(bad->step == 1);
}
