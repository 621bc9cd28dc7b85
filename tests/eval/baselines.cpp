#include <cmath>
#include <span>
#include <vector>

#include <doctest/doctest.h>

#include <graft/data/interactions.hpp>
#include <graft/eval/baselines.hpp>
#include <graft/eval/metrics.hpp>

#include <support/ratings.hpp>
#include <support/renamed.hpp>

using graft::item_id;
using graft::user_id;

TEST_CASE("the baselines are means and shrunk biases") {
    const auto train = ratings({0, 0, 1, 1}, {0, 1, 0, 1}, {5, 4, 3, 2});
    const auto mean = graft::global_mean(train);
    CHECK(graft::evaluate(mean, train).rmse == doctest::Approx(std::sqrt((1.5 * 1.5 + 0.5 * 0.5) * 2 / 4)));
    const graft::mean_and_biases biases(train, {.user_penalty = 0, .item_penalty = 0, .rounds = 5});
    CHECK(graft::evaluate(biases, train).rmse < 1e-12); // the ratings are a sum of biases
    const graft::mean_and_biases shrunk(train, {.user_penalty = 2, .item_penalty = 1e9, .rounds = 1});
    const auto scores = shrunk.score(train.users(), train.items());
    CHECK(scores[0] == doctest::Approx(3.5 + 2.0 / 4)); // b_u = (1.5 + 0.5) / (2 + 2)
    CHECK_THROWS_WITH_AS((void)shrunk.score(train.users(), train.items().first(1)),
                         "mean_and_biases: 4 users do not pair with 1 items", graft::argument_error);
    CHECK_THROWS_WITH_AS((void)mean.score(train.users(), train.items().first(1)),
                         "global_mean: 4 users do not pair with 1 items", graft::argument_error);
    CHECK_THROWS_WITH_AS(graft::mean_and_biases(train, {.user_penalty = -2}),
                         "mean_and_biases: the penalties must be numbers >= 0", graft::argument_error);
    const auto unseen = ratings({2}, {2}, {1});
    CHECK(shrunk.score(unseen.users(), unseen.items())[0] == doctest::Approx(3.5));
    const std::vector<user_id> users{user_id{3}};
    const std::vector<item_id> items{item_id{0}};
    CHECK_THROWS_WITH_AS((void)shrunk.score(users, items),
                         "mean_and_biases: the pair at position 0 is outside of the training data's rows",
                         graft::argument_error);
}

TEST_CASE("the most popular item has the most training interactions") {
    const auto train = ratings({0, 0, 1, 2}, {0, 1, 0, 0}, {5, 4, 3, 2});
    const graft::most_popular popular(train);
    CHECK(popular.num_items() == 3);
    const std::vector<user_id> users{user_id{2}, user_id{9}};
    std::vector<double> all(6);
    popular.score_all(users, all);
    CHECK(all == std::vector<double>{3, 1, 0, 3, 1, 0});
    const auto scores = popular.score(train.users(), train.items());
    CHECK(scores[1] == 1);
    CHECK(scores[3] == 3);
    std::vector<item_id> items{item_id{0}, item_id{3}};
    CHECK_THROWS_WITH_AS((void)popular.score(users, items),
                         "most_popular: the item at position 1 is outside of the training data's rows",
                         graft::argument_error);
    items.pop_back();
    CHECK_THROWS_AS((void)popular.score(users, items), graft::argument_error);
    CHECK_THROWS_AS(popular.score_all(users, std::span(all).first(5)), graft::argument_error);
}

TEST_CASE("random scores are spread evenly, and the seed and the pair decide them") {
    const graft::random_scores random(7);
    std::vector<user_id> users{user_id{2}, user_id{3}};
    std::vector<double> all(2000);
    random.score_all(users, all);
    double sum = 0;
    for (const double score : all) {
        CHECK((score >= 0 && score < 1));
        sum += score;
    }
    CHECK(sum / 2000 == doctest::Approx(0.5).epsilon(0.05));
    std::vector<item_id> items{item_id{5}, item_id{999}};
    const auto scores = random.score(users, items);
    CHECK(scores[0] == all[5]);
    CHECK(scores[1] == all[1999]);
    CHECK(graft::random_scores(8).score(users, items)[0] != scores[0]);
    items.pop_back();
    CHECK_THROWS_AS((void)random.score(users, items), graft::argument_error);
}

TEST_CASE("baselines know the ids of their rows") {
    const auto [data, renamed] = test::renamed_data();
    CHECK_NOTHROW(static_cast<void>(graft::evaluate(graft::mean_and_biases(data), data)));
    CHECK_THROWS_AS(static_cast<void>(graft::evaluate(graft::mean_and_biases(data), renamed)),
                    graft::argument_error);
    CHECK_THROWS_AS(static_cast<void>(graft::evaluate(graft::most_popular(data), renamed)),
                    graft::argument_error);
    CHECK_NOTHROW(static_cast<void>(graft::evaluate(graft::global_mean(data), renamed))); // which has no rows
}
