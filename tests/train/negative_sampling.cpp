#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <graft/core/counter_random.hpp>
#include <graft/core/error.hpp>
#include <graft/data/items_of_users.hpp>
#include <graft/loss/bpr.hpp>
#include <graft/loss/logistic.hpp>
#include <graft/loss/softmax.hpp>
#include <graft/model/recommender.hpp>
#include <graft/optim/sgd.hpp>
#include <graft/train/detail/epoch_order.hpp>
#include <graft/train/fit.hpp>

#include <support/backend.hpp>

namespace {

using model_type = test::recommender<float, Eigen::Dynamic, graft::biased>;

constexpr unsigned num_users = 60;
constexpr unsigned num_items = 40;

/// What users like, the items of their kind (even ones or odd ones): a random quarter, or the rest.
graft::interactions clicks(bool validation) {
    std::vector<graft::user_id> users;
    std::vector<graft::item_id> items;
    for (unsigned u = 0; u < num_users; ++u)
        for (unsigned i = 0; i < num_items; ++i)
            if (u % 2 == i % 2 && (graft::counter_random(1, u, i).below(4) == 0) == validation) {
                users.push_back(graft::user_id{u});
                items.push_back(graft::item_id{i});
            }
    return graft::interactions::from_rows(users, items, std::vector<float>(users.size(), 1.0F), num_users,
                                          num_items);
}

/// The share of (user, liked item, other item) of which the liked one has the higher score.
double auc(const model_type& model, const graft::interactions& liked) {
    std::size_t right = 0;
    std::size_t all = 0;
    std::vector<float> scores(num_items);
    for (std::size_t k = 0; k < liked.size(); ++k) {
        model.score_all(liked.users()[k], scores);
        for (unsigned other = 0; other < num_items; ++other) {
            if (other % 2 == row_of(liked.items()[k]) % 2) continue;
            ++all;
            right += scores[row_of(liked.items()[k])] > scores[other] ? 1 : 0;
        }
    }
    return static_cast<double>(right) / static_cast<double>(all);
}

template <class Loss>
graft::fit_options<graft::adam, Loss> options() {
    return {.epochs = 15, .batch_size = 20, .optimizer = {.lr = 0.02}, .negatives = {.per_positive = 3}};
}

} // namespace

TEST_CASE(
    "each interaction is followed by its negatives, new ones in every epoch and the same for any threads") {
    const auto data = clicks(false);
    const graft::items_of_users observed(data);
    const graft::detail::negative_sampler sampler(data, nullptr, num_items, {.per_positive = 3});
    std::vector<graft::item_id> first;
    for (const std::size_t threads : {1U, 2U, 5U}) {
        graft::detail::epoch_order order(data, true, {&sampler, 3, 11}, threads);
        order.take(0, data.size(), 1);
        CHECK(order.part.users.size() == 4 * data.size());
        for (std::size_t k = 0; k < data.size(); ++k) {
            CHECK(order.part.items[4 * k] == data.items()[k]);
            CHECK(order.part.targets[4 * k] == 1.0F);
            for (std::size_t j = 0; j < 4; ++j) {
                CHECK(order.part.users[4 * k + j] == data.users()[k]);
                CHECK(order.part.weights[4 * k + j] == 1.0F);
                if (j == 0) continue;
                CHECK(order.part.targets[4 * k + j] == 0.0F);
                CHECK(!observed.has(data.users()[k], order.part.items[4 * k + j]));
            }
        }
        if (first.empty()) first = order.part.items;
        CHECK(order.part.items == first);
        order.take(0, data.size(), 2);
        CHECK(order.part.items != first);
        order.take(10, 20, 1); // a part of the epoch has the same negatives
        CHECK(std::equal(order.part.items.begin(), order.part.items.end(), first.begin() + 40));
    }
}

TEST_CASE_TEMPLATE("fit with negatives learns what users like", Loss, graft::squared_error, graft::logistic,
                   graft::bpr, graft::softmax) {
    const auto train = clicks(false);
    const auto valid = clicks(true);
    model_type model(num_users, num_items, 2, {.seed = 1});
    const auto result = graft::fit(model, train, valid, options<Loss>());
    CHECK(auc(model, valid) > 0.95);
    CHECK(result.epochs.back().train_loss < 0.7 * result.epochs.front().train_loss);
    CHECK(*result.epochs.back().valid_loss < *result.epochs.front().valid_loss);
}

TEST_CASE_TEMPLATE("fit with negatives gives the same bits for any number of threads", Loss, graft::logistic,
                   graft::bpr, graft::softmax) {
    const auto train = clicks(false);
    const auto valid = clicks(true);
    auto how = options<Loss>();
    how.epochs = 3;
    how.row_l2 = 0.1;
    how.negatives.popularity_power = 0.75;
    std::vector<float> users, items;
    graft::history first;
    for (const std::size_t threads : {1U, 2U, 3U, 4U, 8U}) {
        how.threads = threads;
        model_type model(num_users, num_items, 8, {.seed = 1});
        const auto result = graft::fit(model, train, valid, how);
        if (threads == 1) {
            users = model.users().weights();
            items = model.items().weights();
            first = result;
        }
        CHECK(model.users().weights() == users);
        CHECK(model.items().weights() == items);
        for (std::size_t e = 0; e < 3; ++e) {
            CHECK(result.epochs[e].train_loss == first.epochs[e].train_loss);
            CHECK(result.epochs[e].valid_loss == first.epochs[e].valid_loss);
        }
    }
}

TEST_CASE("a biased model starts from the constant that fits interactions and negatives") {
    const auto train = clicks(false);
    model_type a(num_users, num_items, 4);
    auto pointwise = options<graft::squared_error>();
    pointwise.epochs = 1;
    graft::fit(a, train, pointwise);
    CHECK(a.mean() == doctest::Approx(0.25));
    model_type b(num_users, num_items, 4);
    auto grouped = options<graft::bpr>();
    grouped.epochs = 1;
    graft::fit(b, train, grouped);
    CHECK(b.has_mean());
    CHECK(b.mean() == 0);
}

TEST_CASE("values as weights: a value of 2 counts as two interactions") {
    const std::vector<graft::user_id> users{graft::user_id{0}, graft::user_id{1}};
    const std::vector<graft::item_id> items{graft::item_id{0}, graft::item_id{1}};
    const auto data = [&](float value) {
        return graft::interactions::from_rows(users, items, std::vector{value, value}, 2, 3);
    };
    graft::fit_options<graft::sgd, graft::bpr> how{
        .epochs = 1, .batch_size = 2, .optimizer = {.lr = 0.1}, .negatives = {.per_positive = 1}};
    how.values_are_weights = true;
    const auto moved = [&](float value, double lr) {
        test::recommender<double> model(2, 3, 2, {.seed = 1});
        how.optimizer.lr = lr;
        const auto done = graft::fit(model, data(value), how);
        return std::pair(model.users().weights(), done.epochs[0].train_loss);
    };
    const auto [once, loss] = moved(1, 0.2);
    const auto [twice, double_loss] = moved(2, 0.1);
    CHECK(double_loss == 2 * loss);
    for (std::size_t k = 0; k < once.size(); ++k) CHECK(once[k] == doctest::Approx(twice[k]).epsilon(1e-14));

    test::recommender<float> model(2, 3, 2);
    CHECK_THROWS_WITH_AS(graft::fit(model, data(-1), how),
                         "fit: values_are_weights: the weight at position 0 is -1.000000; weights are finite "
                         "numbers >= 0",
                         graft::argument_error);
}

TEST_CASE("validation data may have items that the training data's source had not") {
    const auto train = graft::interactions::from_rows(std::vector{graft::user_id{0}, graft::user_id{1}},
                                                      std::vector{graft::item_id{0}, graft::item_id{1}},
                                                      std::vector{1.0F, 1.0F}, 2, 3);
    const auto valid = graft::interactions::from_rows(std::vector{graft::user_id{0}, graft::user_id{0}},
                                                      std::vector{graft::item_id{3}, graft::item_id{4}},
                                                      std::vector{1.0F, 1.0F}, 2, 6);
    model_type model(2, 6, 4);
    auto how = options<graft::bpr>();
    how.epochs = 1;
    CHECK(graft::fit(model, train, valid, how).epochs[0].valid_loss);
}

TEST_CASE("a batch with its negatives that cannot be counted is refused") {
    std::vector<graft::user_id> users(70'000, graft::user_id{0});
    std::vector<graft::item_id> items(users.size(), graft::item_id{0});
    const auto data =
        graft::interactions::from_rows(users, items, std::vector<float>(users.size(), 1.0F), 1, 2);
    model_type model(1, 2, 4);
    auto how = options<graft::bpr>();
    how.batch_size = users.size();
    how.negatives.per_positive = 65'535;
    CHECK_THROWS_WITH_AS(
        graft::fit(model, data, how),
        "fit: a batch of 70000 interactions with 65535 negatives each is over 2^32; choose a "
        "smaller batch_size",
        graft::argument_error);
    CHECK(!model.has_mean());
}

TEST_CASE("a loss of groups needs negatives, and a user for whom there are none is named") {
    const auto train = clicks(false);
    model_type model(num_users, num_items, 4);
    CHECK_THROWS_WITH_AS(
        graft::fit(model, train, graft::fit_options<graft::adam, graft::bpr>{}),
        "fit: this loss compares an interaction with negatives; set negatives.per_positive to "
        "at least 1",
        graft::argument_error);
    const auto all = graft::interactions::from_rows(std::vector{graft::user_id{0}, graft::user_id{0}},
                                                    std::vector{graft::item_id{0}, graft::item_id{1}},
                                                    std::vector{1.0F, 1.0F}, 1, 2);
    CHECK_THROWS_WITH_AS(
        graft::fit(model, all, options<graft::bpr>()),
        "fit: no negative can be drawn for user '0', who has interactions with all 2 items that "
        "are drawn; leave the user out",
        graft::argument_error);
    CHECK(!model.has_mean());
}
