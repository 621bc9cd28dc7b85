#include <algorithm>
#include <limits>
#include <vector>

#include <doctest/doctest.h>

#include <graft/backend/recommendation.hpp>

TEST_CASE("recommendations rank by score, then by item, and scores that are not numbers come last") {
    constexpr float nan = std::numeric_limits<float>::quiet_NaN();
    constexpr float infinity = std::numeric_limits<float>::infinity();
    const std::vector<float> scores{1, nan, 3, -infinity, 3, nan, infinity};
    std::vector<graft::recommendation<float>> all;
    for (unsigned i = 0; i < scores.size(); ++i) all.push_back({graft::item_id{i}, scores[i]});
    std::vector<unsigned> places{0, 1, 2, 3, 4, 5, 6};
    do {
        std::vector<graft::recommendation<float>> ranked;
        for (const unsigned p : places) ranked.push_back(all[p]);
        std::sort(ranked.begin(), ranked.end(), graft::detail::ranks_before{});
        std::vector<unsigned> items;
        for (const auto& r : ranked) items.push_back(static_cast<unsigned>(r.item));
        REQUIRE(items == std::vector<unsigned>{6, 2, 4, 0, 3, 1, 5});
    } while (std::next_permutation(places.begin(), places.end()));
}
