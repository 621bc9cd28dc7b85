#include <cmath>
#include <cstddef>
#include <limits>
#include <sstream>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <graft/core/error.hpp>
#include <graft/train/fit.hpp>
#include <graft/train/log.hpp>

#include <support/backend.hpp>
#include <support/small_world.hpp>

using model_type = test::recommender<float, Eigen::Dynamic, graft::biased>;

TEST_CASE("what is monitored decides on the best epoch and on patience") {
    const auto data = small_world(30, 20, 300);
    model_type model(30, 20, 4);
    std::size_t epoch = 0;
    std::vector<float> best;
    graft::fit_options<> options{.epochs = 10, .patience = 2};
    options.monitor = {.name = "peak", .value = [&] {
                           if (++epoch == 3) best = model.users().weights();
                           return -std::abs(static_cast<double>(epoch) - 3.0);
                       }};
    std::ostringstream log;
    auto history = graft::fit(model, data, data, options, graft::log_to(log));
    CHECK(history.best_epoch == 3);
    CHECK(history.epochs.size() == 5);
    CHECK(history.stopped_early);
    CHECK(*history.epochs[1].monitored == -1);
    CHECK(history.epochs[1].valid_loss);
    CHECK(model.users().weights() == best);
    CHECK(log.str().find("  peak -1.0000  ") != std::string::npos);

    epoch = 0;
    options.monitor.higher_is_better = false;
    options.patience = 0;
    history = graft::fit(model, data, options); // without validation data, too
    CHECK(history.best_epoch == 10);
    CHECK(history.epochs.size() == 10);
}

TEST_CASE("a monitored value that is not finite ends the training, with its name") {
    const auto data = small_world(30, 20, 300);
    model_type model(30, 20, 4);
    graft::fit_options<> options{.epochs = 10};
    options.monitor = {.name = "NDCG@10", .value = [] { return std::numeric_limits<double>::quiet_NaN(); }};
    CHECK_THROWS_WITH_AS(graft::fit(model, data, options),
                         "fit: epoch 1: NDCG@10 is not finite; lower the learning rate",
                         graft::divergence_error);
}
