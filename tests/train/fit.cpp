#include <limits>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

#include <doctest/doctest.h>

#include <graft/data/interactions_builder.hpp>
#include <graft/data/split.hpp>
#include <graft/eval/mean_loss.hpp>
#include <graft/eval/metrics.hpp>
#include <graft/loss/bpr.hpp>
#include <graft/loss/logistic.hpp>
#include <graft/model/recommender.hpp>
#include <graft/optim/adamw.hpp>
#include <graft/optim/sgd.hpp>
#include <graft/optim/sparse_adam.hpp>
#include <graft/serve/recommend.hpp>
#include <graft/serve/unseen.hpp>
#include <graft/train/fit.hpp>

#include <support/backend.hpp>
#include <support/small_world.hpp>

namespace {

using biased_model = test::recommender<float, Eigen::Dynamic, graft::biased>;

template <class Optimizer>
void check_threads(std::size_t dim) {
    const auto data = small_world(300, 200, 6000);
    const auto [train, valid] = graft::split(data, graft::holdout{.fraction = 0.1, .seed = 1});
    graft::fit_options<Optimizer> options{.epochs = 3, .batch_size = 100, .l2 = 0.01};
    std::vector<float> users, items;
    graft::history first;
    for (const std::size_t threads : {1U, 2U, 3U, 4U, 8U}) {
        biased_model model(300, 200, dim, {.seed = 3});
        options.threads = threads;
        const auto history = graft::fit(model, train, valid, options);
        if (threads == 1) {
            users = model.users().weights();
            items = model.items().weights();
            first = history;
        }
        CHECK(model.users().weights() == users);
        CHECK(model.items().weights() == items);
        for (std::size_t e = 0; e < 3; ++e) {
            CHECK(history.epochs[e].train_loss == first.epochs[e].train_loss);
            CHECK(history.epochs[e].valid_loss == first.epochs[e].valid_loss);
        }
    }
}

} // namespace

TEST_CASE("training finds a planted structure and tells of every epoch") {
    const auto data = small_world(60, 40, 4000);
    const auto [train, valid] = graft::split(data, graft::holdout{.fraction = 0.1, .seed = 1});
    biased_model model(60, 40, 4);
    std::size_t told = 0;
    const std::size_t steps = (train.size() + 63) / 64;
    const auto history =
        graft::fit(model, train, valid,
                   {.epochs = 40, .batch_size = 64, .optimizer = {.lr = 1e-2}, .l2 = 0, .row_l2 = 0},
                   [&](const graft::progress& p) {
                       CHECK(p.steps == steps);
                       if (p.finished != nullptr) CHECK(p.finished->epoch == ++told);
                   });
    CHECK(told == 40);
    CHECK(history.epochs.size() == 40);
    CHECK(model.mean() == doctest::Approx(train.mean()));
    CHECK(history.epochs.front().train_loss > 0.5);
    CHECK(history.epochs.back().train_loss < 0.01);
    CHECK(*history.epochs.back().valid_loss < 0.02);
    CHECK(*history.epochs[history.best_epoch - 1].valid_loss ==
          doctest::Approx(graft::mean_squared_error(model, valid)));
}

TEST_CASE("the same seed gives the same bits for any number of threads") {
    for (const std::size_t dim : {20U, 15U}) { // with the bias 15 makes a whole cache line
        check_threads<graft::adam>(dim);
        check_threads<graft::adamw>(dim);
        check_threads<graft::sparse_adam>(dim);
        check_threads<graft::sgd>(dim);
    }
}

TEST_CASE("another seed gives another order, and shuffling can be turned off") {
    const auto data = small_world(30, 20, 500);
    const auto run = [&](std::uint64_t seed, bool shuffle) {
        test::recommender<double> model(30, 20, 3);
        graft::fit(model, data, {.epochs = 2, .batch_size = 50, .shuffle = shuffle, .seed = seed});
        return model.users().weights();
    };
    CHECK(run(1, true) == run(1, true));
    CHECK(run(1, true) != run(2, true));
    CHECK(run(1, false) == run(2, false));
}

TEST_CASE("early stopping ends a run and gives back the best epoch") {
    const auto data = small_world(60, 40, 400); // few data and many factors: the model soon overfits
    const auto [train, valid] = graft::split(data, graft::holdout{.fraction = 0.3, .seed = 1});
    test::recommender<float> model(60, 40, 16);
    const auto history = graft::fit(
        model, train, valid, {.epochs = 500, .batch_size = 32, .optimizer = {.lr = 1e-2}, .patience = 3});
    CHECK(history.stopped_early);
    CHECK(history.epochs.size() == history.best_epoch + 3);
    const double best = *history.epochs[history.best_epoch - 1].valid_loss;
    for (const auto& e : history.epochs) CHECK(*e.valid_loss >= best);
    CHECK(graft::mean_squared_error(model, valid) == doctest::Approx(best).epsilon(1e-6));

    test::recommender<float> last(60, 40, 16);
    graft::fit(
        last, train, valid,
        {.epochs = 500, .batch_size = 32, .optimizer = {.lr = 1e-2}, .patience = 3, .keep_best = false});
    CHECK(graft::mean_squared_error(last, valid) ==
          doctest::Approx(*history.epochs.back().valid_loss).epsilon(1e-6));
}

TEST_CASE("a run that leaves the finite numbers names epoch, step and row") {
    const auto data = small_world(30, 20, 500);
    test::recommender<float> model(30, 20, 3, {.stddev = 1});
    try {
        graft::fit(model, data,
                   graft::fit_options<graft::sgd>{.epochs = 50, .batch_size = 10, .optimizer = {.lr = 100}});
        FAIL("no error");
    } catch (const graft::divergence_error& e) {
        const std::string message = e.what();
        CHECK(e.epoch() == 1);
        CHECK(e.step() > 1);
        CHECK(message.find("fit: epoch 1, step " + std::to_string(e.step()) + ": the loss of user '") == 0);
        CHECK(message.find("is not finite; lower the learning rate or scale the ratings") !=
              std::string::npos);
    }
    // The model can be read, and a row that met a residual that was not finite was not moved by it.
    for (std::size_t r = 0; r < 30; ++r) CHECK_FALSE(model.users().row(r).hasNaN());
}

TEST_CASE("what does not fit is refused before anything changes") {
    const auto data = small_world(30, 20, 500);
    const graft::interactions none = graft::interactions::from_rows({}, {}, {}, 30, 20);
    test::recommender<float> model(30, 20, 3);
    const auto before = model.users().weights();
    CHECK_THROWS_WITH_AS(graft::fit(model, none), "fit: the training data are empty", graft::argument_error);
    CHECK_THROWS_WITH_AS(graft::fit(model, data, none), "fit: the validation data are empty",
                         graft::argument_error);
    CHECK_THROWS_WITH_AS(graft::fit(model, data, {.batch_size = 0}), "fit: batch_size must be at least 1",
                         graft::argument_error);
    CHECK_THROWS_WITH_AS(graft::fit(model, data, {.patience = 2}),
                         "fit: patience needs validation data or a monitor", graft::argument_error);
    CHECK_THROWS_WITH_AS(graft::fit(model, data, {.optimizer = {.lr = -1}}),
                         "adam: lr must be a finite number >= 0", graft::argument_error);
    CHECK_THROWS_WITH_AS(graft::fit(model, data, {.optimizer = {.beta1 = 1}}),
                         "adam: beta1 must be in [0, 1)", graft::argument_error);
    CHECK_THROWS_WITH_AS(graft::fit(model, data, {.l2 = std::numeric_limits<double>::quiet_NaN()}),
                         "trainer: l2 must be a finite number >= 0", graft::argument_error);
    test::recommender<float> small(10, 20, 3);
    CHECK_THROWS_WITH_AS(
        graft::fit(small, data),
        "fit: the training data have 30 users and 20 items; the model has rows for 10 and 20; "
        "make room with graft::grow(model, data)",
        graft::argument_error);
    CHECK(model.users().weights() == before);
}

TEST_CASE("what a callback throws ends the run and leaves a model that can be read") {
    const auto data = small_world(30, 20, 500);
    test::recommender<float> model(30, 20, 3);
    const auto stop = [](const graft::progress& p) {
        if (p.epoch == 2) throw std::runtime_error("enough");
    };
    CHECK_THROWS_WITH_AS(graft::fit(model, data, {.epochs = 5}, stop), "enough", std::runtime_error);
    CHECK(model.users().row(0).allFinite());
    CHECK_NOTHROW(graft::fit(model, data, {.epochs = 1}));
}

TEST_CASE("a callback that returns false ends the training, and the history stays") {
    const auto data = small_world(30, 20, 500);
    const auto [train, valid] = graft::split(data, graft::holdout{.fraction = 0.2, .seed = 1});
    test::recommender<float> model(30, 20, 3);
    const auto history = graft::fit(model, train, {.epochs = 50}, [](const graft::progress& p) {
        return p.finished == nullptr || p.epoch < 3;
    });
    CHECK(history.epochs.size() == 3);
    CHECK(history.best_epoch == 3);
    CHECK(history.stopped_by_callback);
    CHECK(!history.stopped_early);
    test::recommender<float> three(30, 20, 3);
    graft::fit(three, train, {.epochs = 3});
    CHECK(model.users().weights() == three.users().weights());

    // With validation data it is the best epoch that stays.
    test::recommender<float> judged(30, 20, 3);
    const auto seen = graft::fit(judged, train, valid, {.epochs = 50, .optimizer = {.lr = 0.05}},
                                 [](const graft::progress& p) { return p.epoch < 12; });
    CHECK(seen.epochs.size() == 12);
    CHECK(graft::mean_squared_error(judged, valid) ==
          doctest::Approx(*seen.epochs[seen.best_epoch - 1].valid_loss).epsilon(1e-12));
}

TEST_CASE("a callback comes within an epoch, and can end the training there") {
    const auto data = small_world(60, 40, 6000);
    test::recommender<float> model(60, 40, 3);
    std::vector<std::size_t> steps;
    const auto history =
        graft::fit(model, data, {.epochs = 3, .batch_size = 64}, [&](const graft::progress& p) {
            steps.push_back(p.step);
            CHECK(p.steps == 94);
            CHECK(p.train_loss > 0);
            return steps.size() < 9;
        });
    CHECK(steps == std::vector<std::size_t>{16, 32, 48, 64, 80, 94, 16, 32, 48});
    CHECK(history.epochs.size() == 1);
    CHECK(history.best_epoch == 1);
    CHECK(history.stopped_by_callback);
    CHECK_NOTHROW((void)model.users().row(0)); // it is settled

    // Before the first epoch has ended there is nothing to go back to.
    const auto none = graft::fit(model, data, data, {}, [](const graft::progress&) { return false; });
    CHECK(none.epochs.empty());
    CHECK(none.best_epoch == 0);
    CHECK(model.users().row(0).allFinite());
}

TEST_CASE("a callback may evaluate the model, also without validation data") {
    const auto data = small_world(60, 40, 6000);
    test::recommender<float> model(60, 40, 3);
    std::vector<double> errors;
    graft::fit(model, data, {.epochs = 5, .optimizer = {.lr = 0.02}},
               [&](const graft::progress&) { errors.push_back(graft::mean_squared_error(model, data)); });
    CHECK(errors.size() == 30);
    CHECK(errors.back() < errors.front());
    CHECK(graft::mean_squared_error(model, data) == errors.back());

    // Nobody reads: not a bit is other than without a callback.
    test::recommender<float> told(60, 40, 3);
    test::recommender<float> untold(60, 40, 3);
    graft::fit(told, data, {.epochs = 2}, [](const graft::progress&) {});
    graft::fit(untold, data, {.epochs = 2});
    CHECK(told.users().weights() == untold.users().weights());
}

TEST_CASE_TEMPLATE("a fixed dimension trains to the same bits as the same one at run time", Dim,
                   std::integral_constant<int, 20>, std::integral_constant<int, 48>,
                   std::integral_constant<int, 77>) {
    const auto data = small_world(50, 40, 2000);
    test::recommender<float> dynamic(50, 40, Dim());
    test::recommender<float, Dim::value> fixed(50, 40);
    graft::fit(dynamic, data, {.epochs = 3});
    graft::fit(fixed, data, {.epochs = 3});
    CHECK(dynamic.users().weights() == fixed.users().weights());
    CHECK(dynamic.items().weights() == fixed.items().weights());
}

TEST_CASE("a loss that is not finite stops a run whose other rows of the batch have moved") {
    // User 0 is rated beyond the numbers of float squared; user 1 is not, and takes the step that user 0 does
    // not.
    const std::vector<graft::user_id> users{graft::user_id{0}, graft::user_id{1}};
    const std::vector<graft::item_id> items{graft::item_id{0}, graft::item_id{1}};
    const std::vector<float> values{3e38F, 1.0F};
    const auto data = graft::interactions::from_rows(users, items, values, 2, 2);
    test::recommender<float> model(2, 2, 3, {.stddev = 0});
    model.users().set_row(0, Eigen::Vector3f::Constant(-1e19F));
    model.items().set_row(0, Eigen::Vector3f::Constant(1e19F));
    model.items().set_row(1, Eigen::Vector3f::Ones());
    const auto before = model;
    CHECK_THROWS_AS(graft::fit(model, data, {.epochs = 2, .l2 = 0, .row_l2 = 0}), graft::divergence_error);
    CHECK(model.users().row(0) == before.users().row(0));
    CHECK(model.users().row(1) != before.users().row(1));
    CHECK(model.users().row(1).allFinite());
    CHECK(model.items().weights() == before.items().weights());
}

TEST_CASE("weights that leave the finite numbers at the last step are found") {
    const auto data = small_world(30, 20, 500);
    test::recommender<float> model(30, 20, 3);
    try {
        graft::fit_options<graft::sgd> options{.epochs = 1, .batch_size = 500};
        options.optimizer.lr = 1e15;
        options.l2 = 1e30;
        graft::fit(model, data, options);
        FAIL("no error");
    } catch (const graft::divergence_error& e) {
        CHECK(std::string(e.what()) ==
              "fit: after epoch 1 the weights of user '0' (row 0) are not finite; lower the learning rate");
        CHECK(e.epoch() == 1);
        CHECK(e.step() == 1);
    }
}

TEST_CASE("a batch beyond the data is the whole data") {
    const auto data = small_world(30, 20, 500);
    const auto run = [&](std::size_t batch) {
        test::recommender<float> model(30, 20, 3);
        graft::fit(model, data, {.epochs = 3, .batch_size = batch, .shuffle = false});
        return model.users().weights();
    };
    CHECK(run(500) == run(std::numeric_limits<std::size_t>::max()));
    CHECK(run(500) != run(250));
}

TEST_CASE("a run that is refused leaves a model without a mean as it was") {
    const auto data = small_world(30, 20, 500);
    biased_model model(30, 20, 3);
    CHECK_THROWS_AS(graft::fit(model, data, {.optimizer = {.lr = -1}}), graft::argument_error);
    CHECK_FALSE(model.has_mean());
    CHECK_THROWS_AS(graft::fit(model, data, {.threads = 5000}), graft::argument_error);
    CHECK_FALSE(model.has_mean());
}

TEST_CASE("validation data that name their rows otherwise are refused before anything changes") {
    const auto make = [](const char* user, const char* item) {
        graft::interactions_builder builder;
        builder.add("ann", "tea", 4);
        builder.add(user, item, 2);
        return builder.build();
    };
    const auto train = make("bob", "jam");
    biased_model model(3, 3, 4);
    const auto before = model.users().weights();
    CHECK_THROWS_WITH_AS(graft::fit(model, train, make("eve", "jam")),
                         "fit: user row 1 is 'bob' in the training data and 'eve' in the validation data; "
                         "split one source, so that both have its rows",
                         graft::argument_error);
    CHECK_THROWS_WITH_AS(graft::fit(model, train, make("bob", "pie")),
                         "fit: item row 1 is 'jam' in the training data and 'pie' in the validation data; "
                         "split one source, so that both have its rows",
                         graft::argument_error);
    CHECK(model.users().weights() == before);
    CHECK_FALSE(model.has_mean());
    CHECK_NOTHROW(graft::fit(model, train, make("bob", "jam"))); // other maps with the same names
}

TEST_CASE("a trained model refuses data whose rows bear other names") {
    graft::interactions_builder lines;
    lines.add("ann", "tea", 4).add("bob", "jam", 2).add("ann", "jam", 1);
    graft::interactions_builder sorted; // the same ratings in another order
    sorted.add("bob", "jam", 2).add("ann", "tea", 4).add("ann", "jam", 1);
    graft::interactions_builder day2;
    day2.add("ann", "tea", 4).add("bob", "jam", 2).add("eve", "pie", 5);
    const auto train = lines.build();
    const auto other = sorted.build();
    const auto more = day2.build();
    biased_model model(3, 3, 4);
    graft::fit(model, train, {.epochs = 1});
    CHECK(model.shared_user_ids() == train.shared_user_ids());
    const auto before = model.users().weights();
    CHECK_THROWS_WITH_AS(graft::fit(model, other, {.epochs = 1}),
                         "fit: user row 0 is 'ann' in the model and 'bob' in the data; give it data of the "
                         "source that it was trained on, or read with .rows_of = model",
                         graft::argument_error);
    CHECK_THROWS_AS(static_cast<void>(graft::evaluate(model, other)), graft::argument_error);
    CHECK_THROWS_AS(static_cast<void>(graft::mean_loss(model, other, graft::logistic{})),
                    graft::argument_error);
    CHECK_THROWS_AS(static_cast<void>(graft::recommend(model, graft::user_id{0}, 1, graft::unseen_in(other))),
                    graft::argument_error);
    CHECK(model.users().weights() == before);
    CHECK_NOTHROW(static_cast<void>(graft::evaluate(model, train)));
    CHECK_NOTHROW(static_cast<void>(graft::recommend(model, graft::user_id{0}, 1, graft::unseen_in(train))));
    graft::fit(model, more, {.epochs = 1}); // one user and one item more
    CHECK(model.shared_user_ids() == more.shared_user_ids());
    graft::fit(model, train, {.epochs = 1});
    CHECK(model.shared_user_ids() == more.shared_user_ids()); // and they stay
}

TEST_CASE("penalties are those that the loss names, and none with weight decay") {
    CHECK(graft::fit_options<>{}.l2 == graft::squared_error::usual_l2);
    CHECK(graft::fit_options<graft::sgd>{}.row_l2 == graft::squared_error::usual_row_l2);
    CHECK(graft::fit_options<graft::adamw>{}.l2 == 0);
    CHECK(graft::fit_options<graft::adamw>{}.row_l2 == 0);
    CHECK(graft::fit_options<graft::adam, graft::bpr>{}.l2 == 0);
    CHECK(graft::fit_options<graft::adam, graft::logistic>{}.row_l2 == 0);
}
