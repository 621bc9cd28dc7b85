#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <graft/core/error.hpp>
#include <graft/data/interactions.hpp>
#include <graft/optim/adamw.hpp>
#include <graft/optim/sgd.hpp>
#include <graft/optim/sparse_adam.hpp>
#include <graft/train/checkpoint.hpp>
#include <graft/train/fit.hpp>
#include <graft/train/trainer.hpp>
#include <graft/transfer/grow.hpp>

#include <support/backend.hpp>
#include <support/failure.hpp>
#include <support/files.hpp>
#include <support/small_world.hpp>

namespace {

using dots = test::recommender<float>;
using biased = test::recommender<double, Eigen::Dynamic, graft::biased>;

constexpr std::size_t old_users = 60, old_items = 40; // of day 1
constexpr std::size_t all_users = 70, all_items = 45; // of day 2
constexpr std::size_t batch = 16;

graft::interactions day1() { return small_world(old_users, old_items, 400); }
graft::interactions day2() { return small_world(all_users, all_items, 300, 2); }

template <class Trainer>
void train_in_order(Trainer& trainer, const graft::interactions& data, int epochs) {
    std::vector<double> losses((data.size() + batch - 1) / batch);
    for (int epoch = 0; epoch < epochs; ++epoch)
        REQUIRE(!trainer.train(data.users(), data.items(), data.values(), batch, losses));
}

template <class Model>
struct weights {
    explicit weights(const Model& model) : users(model.users().weights()), items(model.items().weights()) {}
    bool operator==(const weights&) const = default;
    std::vector<typename Model::scalar> users, items;
};

/// Rows behind those of `model` have the weights of `whole`.
template <class Model>
Model grown(const Model& model, const weights<Model>& whole) {
    auto larger = graft::grow(model, all_users, all_items);
    const auto with_tail = [](std::vector<typename Model::scalar> mine, const auto& its, std::size_t kept) {
        std::copy(its.begin() + static_cast<std::ptrdiff_t>(kept), its.end(),
                  mine.begin() + static_cast<std::ptrdiff_t>(kept));
        return mine;
    };
    larger.users().set_weights(
        with_tail(larger.users().weights(), whole.users, model.users().weights().size()));
    larger.items().set_weights(
        with_tail(larger.items().weights(), whole.items, model.items().weights().size()));
    return larger;
}

/// A model with rows for both days from the start, after the first and after both.
template <class Model, class Optimizer>
struct large_from_the_start {
    explicit large_from_the_start(const Optimizer& optimizer, double later_lr)
        : model(all_users, all_items, 5, {.seed = 3}), start(model) {
        if constexpr (Model::scorer_type::has_biases) model.set_mean(3);
        graft::trainer<Model, Optimizer> trainer(model, optimizer);
        train_in_order(trainer, day1(), 3);
        trainer.settle();
        after_day1 = weights(model);
        trainer.set_lr(later_lr);
        train_in_order(trainer, day2(), 2);
        trainer.settle();
        after_day2 = weights(model);
    }
    /// With its first rows alone, before all training.
    Model small_model() const {
        Model small_one(old_users, old_items, 5);
        const auto head = [](const auto& its, std::size_t size) {
            return std::vector(its.begin(), its.begin() + static_cast<std::ptrdiff_t>(size));
        };
        small_one.users().set_weights(head(start.users, small_one.users().weights().size()));
        small_one.items().set_weights(head(start.items, small_one.items().weights().size()));
        if constexpr (Model::scorer_type::has_biases) small_one.set_mean(3);
        return small_one;
    }

    Model model;
    weights<Model> start, after_day1 = start, after_day2 = start;
};

template <class Model, class Optimizer>
void check_trainer(const Optimizer& optimizer) {
    const large_from_the_start<Model, Optimizer> expected(optimizer, 0.01);
    auto model = expected.small_model();
    graft::trainer<Model, Optimizer> first(model, optimizer);
    train_in_order(first, day1(), 3);
    first.settle();
    auto larger = grown(model, expected.after_day1);
    auto slower = optimizer;
    slower.lr = 0.01;
    {
        graft::trainer<Model, Optimizer> second(larger, slower, {.threads = 2});
        second.take_moments(first);
        CHECK(weights(larger) == expected.after_day1);
        train_in_order(second, day2(), 2);
    }
    CHECK(weights(larger) == expected.after_day2);
}

template <class Optimizer>
graft::fit_options<Optimizer> in_order(const Optimizer& optimizer, std::size_t epochs) {
    graft::fit_options<Optimizer> options{.epochs = epochs, .batch_size = batch, .optimizer = optimizer};
    options.l2 = 0;
    options.row_l2 = 0;
    options.shuffle = false;
    return options;
}

template <class Model, class Optimizer>
void check_fit(const Optimizer& optimizer) {
    const large_from_the_start<Model, Optimizer> expected(optimizer, 0.01);
    const test::temporary_file file1("moments_day1"), file2("moments_day2"), file3("moments_day3");
    for (const auto* file : {&file1, &file2, &file3}) std::filesystem::remove(file->path);
    auto model = expected.small_model();
    auto first = in_order(optimizer, 3);
    first.checkpoint = file1.path;
    graft::fit(model, day1(), first);

    auto second = in_order(optimizer, 2);
    second.optimizer.lr = 0.01;
    second.moments_of = file1.path;
    auto larger = grown(model, expected.after_day1);
    graft::fit(larger, day2(), second);
    CHECK(weights(larger) == expected.after_day2);

    // Broken off after an epoch.
    second.checkpoint = file2.path;
    larger = grown(model, expected.after_day1);
    CHECK_THROWS_AS(graft::fit(larger, day2(), second,
                               [&](const graft::progress& now) {
                                   if (now.epoch == 2) throw std::runtime_error("power cut");
                                   return true;
                               }),
                    std::runtime_error);
    larger = grown(model, expected.after_day1);
    graft::fit(larger, day2(), second);
    CHECK(weights(larger) == expected.after_day2);

    // And a third day, in one run and in two.
    second.moments_of = file2.path;
    second.checkpoint = {};
    auto twice = larger;
    graft::fit(larger, day2(), second);
    second.checkpoint = file3.path;
    second.epochs = 1;
    graft::fit(twice, day2(), second);
    second.epochs = 2;
    graft::fit(twice, day2(), second);
    CHECK(weights(twice) == weights(larger));
}

} // namespace

TEST_CASE("a grown model goes on with the moments of a trainer, as if it had had all rows from the start") {
    check_trainer<dots>(graft::adam{.lr = 0.02});
    check_trainer<biased>(graft::adam{.lr = 0.02, .beta1 = 0.5, .beta2 = 0.9});
    check_trainer<dots>(graft::adamw{.lr = 0.02});
    check_trainer<biased>(graft::adamw{.lr = 0.02});
    check_trainer<dots>(graft::sparse_adam{.lr = 0.02});
    check_trainer<biased>(graft::sgd{.lr = 0.02});
}
TEST_CASE("a grown model goes on with the moments of a checkpoint, as if it had had all rows from the start: "
          "adam") {
    check_fit<dots>(graft::adam{.lr = 0.02});
    check_fit<biased>(graft::adam{.lr = 0.02});
}
TEST_CASE("a grown model goes on with the moments of a checkpoint, as if it had had all rows from the start: "
          "adamw") {
    check_fit<dots>(graft::adamw{.lr = 0.02});
}
TEST_CASE("a grown model goes on with the moments of a checkpoint, as if it had had all rows from the start: "
          "others") {
    check_fit<dots>(graft::sparse_adam{.lr = 0.02});
    check_fit<dots>(graft::sgd{.lr = 0.02});
}

TEST_CASE("a table that is frozen at first begins without moments, and weights stay the model's") {
    const test::temporary_file file("moments_frozen");
    std::filesystem::remove(file.path);
    auto options = in_order(graft::adamw{.lr = 0.02}, 2);
    options.checkpoint = file.path;
    options.users.lr_factor = 0;
    dots model(old_users, old_items, 5, {.seed = 3});
    graft::fit(model, day1(), options);
    options = in_order(graft::adamw{.lr = 0}, 2);
    options.moments_of = file.path;
    options.items_frozen_for = 1;
    auto larger = graft::grow(model, all_users, all_items);
    const weights before(larger);
    graft::fit(larger, day2(), options);
    CHECK(weights(larger) == before);
}

TEST_CASE("moments that do not serve are refused, and the model stays as it was") {
    const test::temporary_file file("moments_refused");
    std::filesystem::remove(file.path);
    auto first = in_order(graft::adam{}, 1);
    dots model(old_users, old_items, 5, {.seed = 3});
    auto options = first;
    options.moments_of = file.path;
    CHECK_THROWS_AS(graft::fit(model, day1(), options), graft::io_error);
    first.checkpoint = file.path;
    graft::fit(model, day1(), first);
    const weights before(model);

    options.optimizer.beta2 = 0.99;
    CHECK(test::failure([&] { graft::fit(model, day1(), options); })
              .find("had the beta2 0.999, and this call has 0.99; its moments do not serve this model and "
                    "optimizer, so leave them out") != std::string::npos);
    auto other = in_order(graft::sparse_adam{}, 1);
    other.moments_of = file.path;
    CHECK(test::failure([&] { graft::fit(model, day1(), other); }).find("had the optimizer adam") !=
          std::string::npos);
    options.optimizer = {};
    dots wide(old_users, old_items, 6);
    CHECK(test::failure([&] {
              graft::fit(wide, day1(), options);
          }).find("had the dim 5, and this call has 6") != std::string::npos);
    dots small_one(old_users - 1, old_items, 5);
    CHECK(test::failure([&] {
              graft::fit(small_one, small_world(old_users - 1, old_items, 50), options);
          }).find("had other user ids than the first of this call's data") != std::string::npos);
    dots unnamed(old_users, old_items, 5, {.seed = 4});
    graft::trainer earlier(unnamed);
    {
        graft::trainer next(small_one);
        CHECK(test::failure([&] { next.take_moments(earlier); }).find("grow the earlier one") !=
              std::string::npos);
    }
    options.checkpoint = file.path;
    CHECK(test::failure([&] {
              graft::fit(model, day1(), options);
          }).find("is the checkpoint of another run") != std::string::npos);
    options.checkpoint = {};
    auto content = test::content_of(file.path);
    content[content.size() / 2] = static_cast<char>(content[content.size() / 2] ^ 1);
    const test::temporary_file damaged("moments_damaged", content);
    options.moments_of = damaged.path;
    CHECK_THROWS_AS(graft::fit(model, day1(), options), graft::format_error);
    CHECK(weights(model) == before);

    const auto data = day1();
    graft::trainer begun(model);
    train_in_order(begun, data, 1);
    CHECK_THROWS_WITH_AS(begun.take_moments(earlier),
                         "trainer: take_moments comes before the first step, and 25 are done",
                         graft::argument_error);
}
