#include <cmath>
#include <vector>

#include <doctest/doctest.h>

#include <graft/data/interactions.hpp>
#include <graft/eval/baselines.hpp>
#include <graft/eval/metrics.hpp>

#include <support/ratings.hpp>

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
