#include <algorithm>
#include <cstddef>
#include <limits>
#include <vector>

#include <doctest/doctest.h>

#include <graft/backend/detail/best_list.hpp>
#include <graft/core/random.hpp>

using graft::item_id;
using graft::recommendation;
using graft::detail::best_list;

TEST_CASE("a list keeps the best, as a sort of all finds them, with ties and numbers that are none") {
    graft::random_engine engine(4);
    constexpr float nan = std::numeric_limits<float>::quiet_NaN();
    for (const std::uint64_t values : {3U, 40U, 100'000U})
        for (const std::size_t size : {1U, 5U, 100U, 3000U})
            for (const std::size_t k : {1U, 2U, 10U, 1000U, 3000U}) {
                if (k > size) continue;
                std::vector<float> scores;
                std::vector<recommendation<float>> all;
                for (std::size_t i = 0; i < size; ++i) {
                    const auto drawn = graft::draw_below(engine, values);
                    scores.push_back(drawn == 0 ? nan : static_cast<float>(drawn));
                    if (i % 5 != 0) all.push_back({static_cast<item_id>(i), scores.back()});
                }
                std::sort(all.begin(), all.end(), graft::detail::ranks_before{});
                std::vector<recommendation<float>> memory(best_list<float>::capacity(k, size));
                best_list<float> best(k, memory);
                std::size_t asked = 0;
                for (std::size_t begin = 0; begin < size; begin += 7)
                    best.offer(
                        std::span<const float>(scores).subspan(begin,
                                                               (std::min)(std::size_t{7}, size - begin)),
                        [&](std::size_t i) { return static_cast<item_id>(begin + i); },
                        [&](item_id item) { return ++asked, graft::row_of(item) % 5 != 0; });
                const auto found = best.sorted();
                INFO(values << " values, " << size << " items, the best " << k);
                REQUIRE(found.size() == (std::min)(k, all.size()));
                for (std::size_t i = 0; i < found.size(); ++i) CHECK(found[i].item == all[i].item);
                if (k == 10 && size == 3000 && values == 100'000) CHECK(asked < 700);
            }
}

TEST_CASE("scores that rise from item to item all enter, and the last stay") {
    std::vector<recommendation<double>> memory(best_list<double>::capacity(3, 1000));
    best_list<double> best(3, memory);
    for (unsigned i = 0; i < 1000; ++i) best.push({item_id{i}, i * 1.0});
    const auto found = best.sorted();
    REQUIRE(found.size() == 3);
    CHECK(found[0].item == item_id{999});
    CHECK(found[2].item == item_id{997});
}
