#include <cmath>
#include <cstddef>
#include <vector>

#include <doctest/doctest.h>

#include <graft/eval/ranking_metrics.hpp>

TEST_CASE("the metrics of ranks, worked out by hand") {
    const auto discounts = graft::detail::summed_discounts(10);
    CHECK(discounts[0] == 0);
    CHECK(discounts[1] == 1);
    CHECK(discounts[3] == doctest::Approx(1 + 1 / std::log2(3) + 0.5));
    const std::vector<std::size_t> ranks{1, 3, 7};
    const auto at4 = graft::detail::judge_ranks(ranks, 4, discounts);
    CHECK(at4.hit_rate == 1);
    CHECK(at4.recall == doctest::Approx(2.0 / 3));
    CHECK(at4.precision == 0.5);
    CHECK(at4.map == doctest::Approx((1 + 2.0 / 3) / 3));
    CHECK(at4.mrr == 1);
    CHECK(at4.ndcg == doctest::Approx(1.5 / (1.5 + 1 / std::log2(3))));
    const auto at2 = graft::detail::judge_ranks(ranks, 2, discounts);
    CHECK(at2.ndcg == doctest::Approx(1 / (1 + 1 / std::log2(3)))); // the best list of two has two
    const std::vector<std::size_t> far{9};
    const auto none = graft::detail::judge_ranks(far, 8, discounts);
    CHECK(none.hit_rate == 0);
    CHECK(none.ndcg == 0);
    CHECK(none.map == 0);
    CHECK(none.mrr == 0);
}
