#include <cmath>
#include <vector>

#include <doctest/doctest.h>

#include <graft/eval/baselines.hpp>
#include <graft/eval/popularity.hpp>

using graft::item_id;
using graft::user_id;

TEST_CASE("errors of rarely and often rated items apart") {
    const auto of = [](const std::vector<unsigned>& items, const std::vector<float>& values) {
        std::vector<user_id> users(items.size(), user_id{0});
        std::vector<item_id> ids;
        for (const unsigned i : items) ids.push_back(item_id{i});
        return graft::interactions::from_rows(users, ids, values, 1, 3);
    };
    const auto train = of({0, 0, 0, 1}, {3, 3, 3, 3}); // item 0: 3 ratings, item 1: one, item 2: none
    const auto data = of({0, 1, 2, 2}, {4, 1, 3, 6});
    const graft::global_mean three(train);
    const auto buckets = graft::evaluate_by_popularity(three, data, train, {}, {0, 1, 2, 9});
    REQUIRE(buckets.size() == 4);
    CHECK(buckets[0].size == 2);
    CHECK(buckets[0].most == 0);
    CHECK(buckets[0].error.rmse == doctest::Approx(std::sqrt(4.5)));
    CHECK(buckets[0].error.mae == doctest::Approx(1.5));
    CHECK(buckets[1].least == 1);
    CHECK(buckets[1].error.rmse == doctest::Approx(2));
    CHECK(buckets[2].most == 8);
    CHECK(buckets[2].error.rmse == doctest::Approx(1));
    CHECK(buckets[3].size == 0);
    CHECK(graft::evaluate_by_popularity(three, data, train, {0, 2})[0].error.mae == doctest::Approx(2.5));
    CHECK_THROWS_AS((void)graft::evaluate_by_popularity(three, data, train, {}, {1, 2}),
                    graft::argument_error);
    CHECK_THROWS_AS((void)graft::evaluate_by_popularity(three, data, train, {}, {0, 2, 2}),
                    graft::argument_error);
    CHECK_THROWS_AS((void)graft::evaluate_by_popularity(three, data, train, {}, {}), graft::argument_error);
}
