#include <algorithm>
#include <sstream>
#include <string>

#include <doctest/doctest.h>

#include <graft/data/split.hpp>
#include <graft/model/recommender.hpp>
#include <graft/train/fit.hpp>
#include <graft/train/log.hpp>

#include <support/small_world.hpp>

TEST_CASE("where there is no terminal, a log is a line per epoch") {
    const auto data = small_world(30, 20, 500);
    const auto [train, valid] = graft::split(data, graft::holdout{.fraction = 0.1, .seed = 1});
    graft::recommender<float> model(30, 20, 3);
    std::ostringstream out;
    graft::fit(model, train, valid, {.epochs = 3, .batch_size = 50}, graft::log_to(out));
    const std::string text = out.str();
    CHECK(std::count(text.begin(), text.end(), '\n') == 3);
    CHECK(text.find('\r') == std::string::npos);
    CHECK(text.find("epoch 1/3  train ") == 0);
    CHECK(text.find("\nepoch 3/3  train ") != std::string::npos);
    CHECK(text.find("  valid ") != std::string::npos);
}

TEST_CASE("a line of an epoch, and the one that moves on a terminal") {
    const graft::epoch_record record{
        .epoch = 2, .train_loss = 0.5, .valid_loss = 0.75, .lr = 0.001, .seconds = 1.5};
    CHECK(graft::detail::epoch_line({.epoch = 2, .epochs = 12, .finished = &record}) ==
          "epoch 2/12  train 0.5000  valid 0.7500  lr 0.001  1.50 s");
    const graft::epoch_record huge{
        .epoch = 1, .train_loss = 1e307, .valid_loss = 2e300, .lr = 1e-300, .seconds = 0};
    CHECK(graft::detail::epoch_line({.epoch = 1, .epochs = 1, .finished = &huge}) ==
          "epoch 1/1  train 1.000e+307  valid 2.000e+300  lr 1e-300  0.00 s");
    const graft::epoch_record alone{.epoch = 2, .train_loss = 0.5, .lr = 0.001, .seconds = 1.5};
    CHECK(graft::detail::epoch_line({.epoch = 2, .epochs = 12, .finished = &alone}) ==
          "epoch 2/12  train 0.5000  lr 0.001  1.50 s");
    CHECK(
        graft::detail::progress_line({.epoch = 1, .epochs = 9, .step = 25, .steps = 100, .train_loss = 2}) ==
        "epoch 1/9  [######..................]  25%  train 2.0000");
    CHECK(
        graft::detail::progress_line({.epoch = 1, .epochs = 9, .step = 100, .steps = 100, .train_loss = 2}) ==
        "epoch 1/9  [########################] 100%  train 2.0000");
}
