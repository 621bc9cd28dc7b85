#include <doctest/doctest.h>

#include <graft/model/recommender.hpp>
#include <graft/train/fit.hpp>
#include <graft/transfer/grow.hpp>

#include <support/backend.hpp>
#include <support/small_world.hpp>

using biased_model = test::recommender<float, Eigen::Dynamic, graft::biased>;

TEST_CASE("a grown model scores as before and goes on training") {
    const auto data = small_world(20, 30, 400);
    biased_model model(20, 30, 3, {.seed = 1});
    graft::fit(model, data, {.epochs = 2});
    const auto old = model.score(data.users(), data.items());

    auto larger = graft::grow(model, 25, 31, {.seed = 9});
    CHECK(larger.num_users() == 25);
    CHECK(larger.num_items() == 31);
    CHECK(larger.score(data.users(), data.items()) == old);
    CHECK(larger.mean() == model.mean());
    const biased_model fresh(25, 31, 3, {.seed = 9});
    CHECK(larger.users().row(24) == fresh.users().row(24));
    CHECK(larger.users().bias(24) == 0);
    const auto more = small_world(25, 31, 400, 2);
    const auto before = graft::mean_squared_error(larger, more);
    graft::fit(larger, more, {.epochs = 5, .optimizer = {.lr = 1e-2}});
    CHECK(graft::mean_squared_error(larger, more) < before);

    CHECK_THROWS_AS((void)graft::grow(model, 19, 30), graft::argument_error);
    CHECK_THROWS_AS((void)graft::grow(model, 20, 29), graft::argument_error);
}

TEST_CASE("a model without biases and of fixed dimension grows too") {
    test::recommender<double, 2> model(2, 2);
    const auto larger = graft::grow(model, 3, 2);
    CHECK(larger.users().row(1) == model.users().row(1));
}
