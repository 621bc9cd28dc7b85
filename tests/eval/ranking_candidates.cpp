#include <cstddef>
#include <set>
#include <span>
#include <vector>

#include <doctest/doctest.h>

#include <graft/data/interactions.hpp>
#include <graft/data/split.hpp>
#include <graft/eval/baselines.hpp>
#include <graft/eval/ranking_candidates.hpp>
#include <graft/model/recommender.hpp>

#include <support/backend.hpp>
#include <support/small_world.hpp>

using graft::item_id;
using graft::user_id;

namespace {

std::vector<item_id> items_of(const std::vector<unsigned>& rows) {
    std::vector<item_id> items;
    for (const unsigned row : rows) items.push_back(item_id{row});
    return items;
}

/// Three items of popularity 3, 2, 1, and one without.
graft::interactions four_items() {
    const std::vector<user_id> users{user_id{0}, user_id{1}, user_id{2}, user_id{0}, user_id{1}, user_id{0}};
    return graft::interactions::from_rows(users, items_of({0, 0, 0, 1, 1, 2}), std::vector<float>(6, 1.0F), 3,
                                          4);
}

} // namespace

TEST_CASE("given candidates alone are ranked, worked out by hand") {
    const auto train = four_items();
    graft::ranking_candidates cases;
    cases.add(user_id{1}, item_id{2}, items_of({0, 3}));    // rank 2 of 3
    cases.add(user_id{2}, item_id{1}, items_of({2, 3}));    // rank 1
    cases.add(user_id{2}, item_id{3}, items_of({0, 1, 2})); // rank 4
    const auto ranks = graft::evaluate_ranking(graft::most_popular(train), train, cases, {.at = {1, 2}});
    CHECK(ranks.users == cases.users);
    CHECK(ranks.left_out == 0);
    CHECK(ranks.at(1).per_user.hit_rate == std::vector<double>{0, 1, 0});
    CHECK(ranks.at(2).per_user.mrr == std::vector<double>{0.5, 1, 0});
    CHECK(ranks.auc_per_user == std::vector<double>{0.5, 1, 0});
    CHECK(ranks.at(1).coverage == 0.5);                                  // items 0 and 1
    CHECK(ranks.at(1).popularity == doctest::Approx((3 + 2 + 3) / 3.0)); // of 0, 1 and 0
}

TEST_CASE("drawn candidates are none of the user's, each once, and the same for a seed") {
    const auto all = small_world(40, 60, 900);
    const auto parts = graft::split(all, graft::leave_one_out{.seed = 3});
    const auto& train = parts.train;
    const auto& test = parts.valid;
    const auto cases = graft::draw_candidates(train, test, 20, 5);
    REQUIRE(cases.size() == test.size());
    for (std::size_t k = 0; k < cases.size(); ++k) {
        std::set<item_id> others(cases.others.begin() + static_cast<std::ptrdiff_t>(cases.starts[k]),
                                 cases.others.begin() + static_cast<std::ptrdiff_t>(cases.starts[k + 1]));
        CHECK(others.size() == 20);
        for (std::size_t e = 0; e < all.size(); ++e)
            if (all.users()[e] == cases.users[k]) CHECK(others.count(all.items()[e]) == 0);
    }
    CHECK(graft::draw_candidates(train, test, 20, 5).others == cases.others);
    CHECK(graft::draw_candidates(train, test, 20, 6).others != cases.others);
    CHECK_THROWS_AS((void)graft::draw_candidates(train, test, 60), graft::argument_error);

    const test::recommender<float> model(40, 60, 8, {.stddev = 1, .seed = 3});
    const auto judge = [&](std::size_t threads) {
        return graft::evaluate_ranking(model, train, cases, {.at = {5, 30}, .threads = threads});
    };
    const auto one = judge(1);
    CHECK(one.at(30).recall == 1);
    for (std::size_t k = 0; k < cases.size(); k += 7) {
        std::size_t rank = 1;
        for (std::size_t at = cases.starts[k]; at < cases.starts[k + 1]; ++at)
            if (model.score(cases.users[k], cases.others[at]) >=
                model.score(cases.users[k], cases.relevant[k]))
                ++rank;
        CHECK(one.at(30).per_user.mrr[k] == 1 / static_cast<double>(rank));
    }
    for (const std::size_t threads : {2U, 4U}) CHECK(judge(threads).at(5).ndcg == one.at(5).ndcg);
}

TEST_CASE("candidates that cannot be ranked are refused") {
    const auto train = four_items();
    const graft::most_popular model(train);
    const auto refused = [&](const graft::ranking_candidates& cases, const char* message) {
        CHECK_THROWS_WITH_AS((void)graft::evaluate_ranking(model, train, cases), message,
                             graft::argument_error);
    };
    refused({}, "evaluate_ranking: there are no candidates to judge by");
    graft::ranking_candidates cases;
    cases.add(user_id{1}, item_id{2}, items_of({0, 4}));
    refused(cases, "evaluate_ranking: case 0 has item 4; there are 4");
    cases.others[1] = item_id{2};
    refused(cases, "evaluate_ranking: case 0 ranks item 2 among itself");
    cases.others[1] = item_id{1};
    cases.users[0] = user_id{3};
    refused(cases, "evaluate_ranking: case 0 has user 3; there are 3");
    cases.users[0] = user_id{0};
    cases.starts.back() = 3;
    refused(cases, "evaluate_ranking: the candidates' columns do not fit together");
}
