#include <algorithm>
#include <cstddef>
#include <limits>
#include <span>
#include <vector>

#include <doctest/doctest.h>

#include <graft/core/random.hpp>
#include <graft/eval/detail/standing.hpp>

TEST_CASE("scores above and equal to one are counted, however many there are") {
    constexpr float nan = std::numeric_limits<float>::quiet_NaN();
    graft::random_engine engine(1);
    for (const std::size_t size : {0U, 1U, 7U, 4096U, 10'000U}) {
        std::vector<float> scores(size);
        for (auto& s : scores) {
            const auto drawn = graft::draw_below(engine, 10);
            s = drawn == 0 ? nan : static_cast<float>(drawn);
        }
        const auto count = [&](auto is) {
            return static_cast<std::size_t>(std::count_if(scores.begin(), scores.end(), is));
        };
        for (const float score : {0.0F, 5.0F, 9.0F, 5.5F}) {
            const auto counts = graft::detail::count_scores(std::span<const float>(scores), score);
            CHECK(counts.above == count([&](float s) { return s > score; }));
            CHECK(counts.equal == count([&](float s) { return s == score; }));
        }
        const auto counts = graft::detail::count_scores(std::span<const float>(scores), nan);
        CHECK(counts.above == count([](float s) { return s == s; }));
        CHECK(counts.above + counts.equal == size);
    }
}

TEST_CASE("ranks and the AUC leave out what is not to choose from") {
    // The relevant have 5 and 3, the others 9, 5 and 1; 8 was seen.
    std::vector<double> relevant{3, 5};
    const std::vector<double> all{9, 5, 8, 5, 3, 1};
    const std::vector<double> left_out{8, 3, 5};
    graft::detail::standing where;
    where.find(relevant, std::span<const double>(all), std::span<const double>(left_out));
    CHECK(where.ranks ==
          std::vector<std::size_t>{3, 4}); // behind 9 and the other 5; behind these and the first
    CHECK(where.auc == (1.5 + 1) / 6);
}
