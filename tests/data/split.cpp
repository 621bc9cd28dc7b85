#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <vector>

#include <doctest/doctest.h>

#include <graft/data/interactions_builder.hpp>
#include <graft/data/split.hpp>

namespace {

/// Entries whose value is their position.
graft::interactions numbered(std::size_t size) {
    graft::interactions_builder builder;
    for (std::size_t i = 0; i < size; ++i) builder.add(i % 7, i, static_cast<float>(i));
    return builder.build();
}

std::vector<float> values(const graft::interactions& part) {
    return {part.values().begin(), part.values().end()};
}

void check_partition(const graft::interactions& all, const graft::split_parts& parts) {
    CHECK(std::ranges::is_sorted(parts.train.values()));
    CHECK(std::ranges::is_sorted(parts.valid.values()));
    auto together = values(parts.train);
    together.insert(together.end(), parts.valid.values().begin(), parts.valid.values().end());
    std::ranges::sort(together);
    CHECK(together == values(all));
    CHECK(parts.train.num_users() == all.num_users());
    CHECK(parts.valid.num_items() == all.num_items());
}

} // namespace

TEST_CASE("a holdout parts the entries by a seed and keeps their order") {
    const auto all = numbered(1000);
    const auto [train, valid] = graft::split(all, graft::holdout{.fraction = 0.25, .seed = 7});
    CHECK(valid.size() == 250);
    check_partition(all, {train, valid});
    CHECK(values(graft::split(all, graft::holdout{.fraction = 0.25, .seed = 7}).valid) == values(valid));
    CHECK(values(graft::split(all, graft::holdout{.fraction = 0.25, .seed = 8}).valid) != values(valid));
    CHECK(graft::split(all, graft::holdout{}).valid.size() == 100);
}

TEST_CASE("every entry is held out equally often") {
    const auto all = numbered(10);
    std::vector<int> count(10);
    for (std::uint64_t seed = 0; seed < 5000; ++seed) {
        const auto parts = graft::split(all, graft::holdout{.fraction = 0.3, .seed = seed});
        for (const float value : parts.valid.values()) ++count[static_cast<std::size_t>(value)];
    }
    for (const int c : count) CHECK(std::abs(c - 1500) < 150); // more than four deviations
}

TEST_CASE("a holdout that cannot be is refused") {
    const auto all = numbered(10);
    for (const double fraction : {0.0, 1.0, -0.5, std::numeric_limits<double>::quiet_NaN()})
        CHECK_THROWS_AS((void)graft::split(all, graft::holdout{.fraction = fraction}), graft::argument_error);
    CHECK_THROWS_WITH_AS((void)graft::split(all, graft::holdout{.fraction = 1.5}),
                         "holdout: the fraction is 1.500000; it must lie between 0 and 1",
                         graft::argument_error);
    CHECK_THROWS_WITH_AS(
        (void)graft::split(all, graft::holdout{.fraction = 0.01}),
        "holdout: of 10 entries, 10 are left to train on and 0 to validate on; both parts need some",
        graft::argument_error);
    CHECK_THROWS_AS((void)graft::split(graft::interactions{}, graft::holdout{}), graft::argument_error);
}
