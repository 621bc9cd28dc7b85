#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <vector>

#include <doctest/doctest.h>

#include <graft/data/interactions.hpp>
#include <graft/eval/baselines.hpp>
#include <graft/eval/paired.hpp>
#include <graft/eval/ranking.hpp>
#include <graft/model/recommender.hpp>

#include <support/backend.hpp>
#include <support/renamed.hpp>

using graft::item_id;
using graft::user_id;

namespace {

graft::interactions pairs(const std::vector<unsigned>& u, const std::vector<unsigned>& i, std::size_t users,
                          std::size_t items) {
    std::vector<user_id> user;
    std::vector<item_id> item;
    for (const unsigned x : u) user.push_back(user_id{x});
    for (const unsigned x : i) item.push_back(item_id{x});
    return graft::interactions::from_rows(user, item, std::vector<float>(u.size(), 1.0F), users, items);
}

/// The same scores for all users.
struct fixed_scores {
    using scalar = float;
    std::vector<float> scores;
    void score_all(std::span<const user_id> users, std::span<float> to) const {
        for (std::size_t k = 0; k < to.size(); ++k) to[k] = scores[k % (to.size() / users.size())];
    }
};

} // namespace

TEST_CASE("the metrics of an example worked out by hand") {
    // Ranked: 0 1 2 3 4 5. User 0 has seen 0, and 2 and 5 are relevant: ranks 2 and 5 of 1 2 3 4 5. User 1 has seen
    // nothing, and 0 is relevant: rank 1 of six.
    const fixed_scores model{{6, 5, 4, 3, 2, 1}};
    const auto train = pairs({0, 2, 0}, {0, 1, 0}, 4, 6);      // one entry comes twice
    const auto test = pairs({1, 0, 0, 0}, {0, 5, 2, 2}, 4, 6); // so here
    const auto ranks = graft::evaluate_ranking(model, train, test, {.at = {3, 1}});
    CHECK(ranks.users == std::vector<user_id>{user_id{0}, user_id{1}});
    CHECK(ranks.left_out == 2);
    const auto& at3 = ranks.at(3);
    CHECK(at3.per_user.hit_rate == std::vector<double>{1, 1});
    CHECK(at3.per_user.recall == std::vector<double>{0.5, 1});
    CHECK(at3.per_user.precision == std::vector<double>{1.0 / 3, 1.0 / 3});
    CHECK(at3.per_user.map == std::vector<double>{0.25, 1}); // (1/2) / 2
    CHECK(at3.per_user.mrr == std::vector<double>{0.5, 1});
    CHECK(at3.per_user.ndcg[0] == doctest::Approx((1 / std::log2(3)) / (1 + 1 / std::log2(3))));
    CHECK(at3.per_user.ndcg[1] == 1);
    CHECK(at3.recall == 0.75);
    CHECK(at3.mrr == 0.75);
    CHECK(at3.hit_rate == 1);
    CHECK(at3.coverage == 4.0 / 6);                                    // 1 2 3 and 0 1 2
    CHECK(at3.popularity == doctest::Approx((1.0 / 3 + 3.0 / 3) / 2)); // 0 was met twice, 1 once
    const auto& at1 = ranks.at(1);
    CHECK(at1.per_user.hit_rate == std::vector<double>{0, 1});
    CHECK(at1.per_user.ndcg == std::vector<double>{0, 1});
    CHECK(at1.per_user.mrr == std::vector<double>{0, 1});
    CHECK(at1.precision == 0.5);
    CHECK(at1.coverage == 2.0 / 6);
    // User 0: 2 is above 3 and 4, not above 1; 5 above none: 2 of 6 pairs.
    CHECK(ranks.auc_per_user == std::vector<double>{2.0 / 6, 1});
    CHECK_THROWS_WITH_AS((void)ranks.at(2),
                         "ranking: there are no metrics at 2; name it in ranking_options::at",
                         graft::argument_error);
}

TEST_CASE("an item with an equal score stands behind the others, and counts half for the AUC") {
    const auto train = pairs({1}, {0}, 2, 5);
    const auto test = pairs({0}, {0}, 2, 5);
    const auto flat = graft::evaluate_ranking(fixed_scores{{1, 1, 1, 1, 1}}, train, test, {.at = {4, 5}});
    CHECK(flat.at(4).hit_rate == 0);
    CHECK(flat.at(5).mrr == 0.2);
    CHECK(flat.auc == 0.5);
    const auto some = graft::evaluate_ranking(fixed_scores{{2, 1, 2, 3, 1}}, train, test, {.at = {4}});
    CHECK(some.at(4).mrr == doctest::Approx(1.0 / 3));
    CHECK(some.auc == 2.5 / 4);
    // Two relevant ones with an equal score stand one after the other.
    const auto two = graft::evaluate_ranking(fixed_scores{{2, 1, 2, 3, 1}}, train,
                                             pairs({0, 0}, {2, 0}, 2, 5), {.at = {3}});
    CHECK(two.at(3).map == doctest::Approx((1.0 / 2 + 2.0 / 3) / 2));
}

TEST_CASE("scores that are no numbers are the last") {
    constexpr float nan = std::numeric_limits<float>::quiet_NaN();
    const auto train = pairs({1}, {0}, 2, 4);
    const auto ranks =
        graft::evaluate_ranking(fixed_scores{{nan, 5, nan, -1}}, train, pairs({0}, {3}, 2, 4), {.at = {4}});
    CHECK(ranks.at(4).mrr == 0.5);
    const auto last =
        graft::evaluate_ranking(fixed_scores{{nan, 5, nan, -1}}, train, pairs({0}, {0}, 2, 4), {.at = {4}});
    CHECK(last.at(4).mrr == 0.25);
    CHECK(last.auc == doctest::Approx(0.5 / 3));
}

TEST_CASE("test items of the training data do not count, and who has no others is left out") {
    const fixed_scores model{{3, 2, 1}};
    const auto train = pairs({0, 1}, {0, 1}, 2, 3);
    const auto ranks = graft::evaluate_ranking(model, train, pairs({0, 1, 1}, {0, 1, 2}, 2, 3), {.at = {1}});
    CHECK(ranks.users == std::vector<user_id>{user_id{1}});
    CHECK(ranks.left_out == 1);
    CHECK(ranks.at(1).recall == 0); // item 0 is before 2
    CHECK_THROWS_WITH_AS((void)graft::evaluate_ranking(model, train, pairs({0}, {0}, 2, 3)),
                         "evaluate_ranking: no user has an item to judge by that is not a training item",
                         graft::argument_error);
    CHECK_THROWS_AS((void)graft::evaluate_ranking(model, train, pairs({}, {}, 2, 3)), graft::argument_error);
    // A user who has met all other items.
    const auto only = graft::evaluate_ranking(model, pairs({0, 0}, {0, 1}, 1, 3), pairs({0}, {2}, 1, 3));
    CHECK(only.auc == 1);
    CHECK(only.at(10).ndcg == 1);
}

TEST_CASE("a recommender is judged by its scores, with the same bits for any threads") {
    test::recommender<float, Eigen::Dynamic, graft::biased> model(300, 500, 12, {.stddev = 1, .seed = 2});
    std::vector<unsigned> u, i, tu, ti;
    for (unsigned k = 0; k < 6000; ++k) {
        (k % 4 == 0 ? tu : u).push_back(k % 290);
        (k % 4 == 0 ? ti : i).push_back(k * k % 499);
    }
    const auto train = pairs(u, i, 300, 500);
    const auto test = pairs(tu, ti, 300, 500);
    const auto judge = [&](std::size_t threads) {
        return graft::evaluate_ranking(model, train, test, {.at = {1, 20, 600}, .threads = threads});
    };
    const auto one = judge(1);
    CHECK(one.at(600).recall == 1);
    CHECK(one.at(20).ndcg > 0);
    for (const std::size_t threads : {2U, 3U, 4U, 8U}) {
        const auto again = judge(threads);
        CHECK(again.auc == one.auc);
        CHECK(again.users == one.users);
        for (std::size_t c = 0; c < 3; ++c) {
            CHECK(again.cutoffs[c].ndcg == one.cutoffs[c].ndcg);
            CHECK(again.cutoffs[c].per_user.map == one.cutoffs[c].per_user.map);
            CHECK(again.cutoffs[c].coverage == one.cutoffs[c].coverage);
            CHECK(again.cutoffs[c].popularity == one.cutoffs[c].popularity);
        }
    }
    // Against a plain count of one user's scores.
    std::vector<float> scores(500);
    model.score_all(one.users[7], scores);
    const auto seen = [&](const graft::interactions& in, std::size_t item) {
        for (std::size_t k = 0; k < in.size(); ++k)
            if (in.users()[k] == one.users[7] && graft::row_of(in.items()[k]) == item) return true;
        return false;
    };
    std::size_t first = 500;
    for (std::size_t item = 0; item < 500; ++item)
        if (seen(test, item) && !seen(train, item)) {
            std::size_t rank = 1;
            for (std::size_t other = 0; other < 500; ++other)
                if (!seen(train, other) && scores[other] > scores[item]) ++rank;
            first = std::min(first, rank);
        }
    CHECK(one.at(600).per_user.mrr[7] == 1 / static_cast<double>(first));
    // Users' values pair up with another model's.
    const auto random = graft::evaluate_ranking(graft::random_scores(1), train, test, {.at = {20}});
    CHECK(graft::compare_paired(random.at(20).per_user.ndcg, one.at(20).per_user.ndcg).runs ==
          one.users.size());
}

TEST_CASE("what cannot be judged is refused") {
    const auto train = pairs({0}, {0}, 2, 3);
    const auto test = pairs({1}, {1}, 2, 3);
    const fixed_scores model{{3, 2, 1}};
    CHECK_THROWS_WITH_AS((void)graft::evaluate_ranking(model, train, test, {.at = {}}),
                         "evaluate_ranking: no cut-off was asked for", graft::argument_error);
    CHECK_THROWS_WITH_AS((void)graft::evaluate_ranking(model, train, test, {.at = {5, 0}}),
                         "evaluate_ranking: a list of length 0 has no metrics", graft::argument_error);
    CHECK_THROWS_AS((void)graft::evaluate_ranking(model, train, test, {.threads = 5000}),
                    graft::argument_error);
    const test::recommender<float> small(1, 3, 2);
    CHECK_THROWS_WITH_AS((void)graft::evaluate_ranking(small, train, test),
                         "evaluate_ranking: the data have 2 users and 3 items; the model knows 1 and 3",
                         graft::argument_error);
    const test::recommender<float> larger(5, 9, 2); // rows that the data do not name are not among the items
    CHECK(graft::evaluate_ranking(larger, train, test, {.at = {3}}).at(3).recall == 1);
    CHECK_THROWS_WITH_AS(
        (void)graft::evaluate_ranking(graft::most_popular(pairs({0}, {0}, 1, 2)), train, test),
        "evaluate_ranking: the data have 2 users and 3 items; the model knows 2 and 2",
        graft::argument_error);
}

TEST_CASE("a ranking of rows with other names is refused") {
    const auto [data, renamed] = test::renamed_data();
    const graft::most_popular model(data);
    CHECK_NOTHROW(static_cast<void>(graft::evaluate_ranking(model, data.select({}), data)));
    CHECK_THROWS_WITH_AS(
        static_cast<void>(graft::evaluate_ranking(model, data, renamed)),
        "evaluate_ranking: user row 0 is 'ann' in the training data and 'bob' in the test data; "
        "split one source, so that both have its rows",
        graft::argument_error);
    CHECK_THROWS_WITH_AS(
        static_cast<void>(graft::evaluate_ranking(model, renamed, renamed)),
        "evaluate_ranking: item row 0 is 'tea' in the model and 'jam' in the data; give it data "
        "of the source that it was trained on, or read with .rows_of = model",
        graft::argument_error);
}
