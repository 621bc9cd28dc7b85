#include <limits>
#include <vector>

#include <doctest/doctest.h>

#include <graft/data/interactions_builder.hpp>
#include <graft/data/read_ratings.hpp>
#include <graft/eval/metrics.hpp>
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

TEST_CASE("a model with a row that is not finite does not grow") {
    biased_model model(4, 3, 2);
    const std::vector<float> infinite{std::numeric_limits<float>::infinity()};
    model.items().write(1, 2, infinite);
    CHECK_THROWS_WITH_AS(
        (void)graft::grow(model, 5, 3),
        "grow: item row 1 has a number that is not finite; train the model again with a lower "
        "learning rate",
        graft::argument_error);
}

TEST_CASE("a model without biases and of fixed dimension grows too") {
    test::recommender<double, 2> model(2, 2);
    const auto larger = graft::grow(model, 3, 2);
    CHECK(larger.users().row(1) == model.users().row(1));
}

TEST_CASE("a model grows to the ids of data that were read against its own") {
    graft::interactions_builder first;
    first.add("ann", "tea", 5).add("bob", "jam", 1).add("bob", "tea", 3);
    const auto day1 = first.build();
    biased_model model(day1.num_users(), day1.num_items(), 3, {.seed = 1});
    graft::fit(model, day1, {.epochs = 2});

    const auto day2 = graft::parse_ratings("eve,jam,4\nbob,pie,2\n", "day2", {.rows_of = model});
    CHECK_THROWS_WITH_AS(graft::fit(model, day2),
                         "fit: the training data have 3 users and 3 items; the model has rows for 2 and 2; "
                         "make room with graft::grow(model, data)",
                         graft::argument_error);
    auto larger = graft::grow(model, day2);
    CHECK(larger.num_users() == 3);
    CHECK(larger.score(day1.users(), day1.items()) == model.score(day1.users(), day1.items()));
    CHECK(larger.user("eve") == graft::user_id{2});
    CHECK(larger.item("pie") == graft::item_id{2});
    graft::fit(larger, day2, {.epochs = 2});
    CHECK(larger.shared_user_ids() == day2.shared_user_ids());
    const auto old = graft::parse_ratings("bob,tea,3\nann,jam,2\n", "old", {.rows_of = day1});
    CHECK_NOTHROW((void)graft::evaluate(larger, old)); // shorter maps stay good
    CHECK(graft::grow(larger, old).num_users() == 3);

    const auto strange = graft::parse_ratings("bob,tea,3\n", "strange");
    CHECK_THROWS_WITH_AS((void)graft::grow(model, strange),
                         "grow: user row 0 is 'ann' in the model and 'bob' in the data; give it data of the "
                         "source that it was trained on, or read with .rows_of = model",
                         graft::argument_error);
}
