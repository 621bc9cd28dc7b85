#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <vector>

#include <doctest/doctest.h>

#include <graft/data/interactions_builder.hpp>
#include <graft/data/split.hpp>

#include <support/numbered.hpp>

namespace {

void check_partition(const graft::interactions& all, const graft::split_parts& parts) {
    CHECK(std::is_sorted(parts.train.values().begin(), parts.train.values().end()));
    CHECK(std::is_sorted(parts.valid.values().begin(), parts.valid.values().end()));
    auto together = values(parts.train);
    together.insert(together.end(), parts.valid.values().begin(), parts.valid.values().end());
    std::sort(together.begin(), together.end());
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

TEST_CASE("by time: the latest are held out, and of the same time those later in the source") {
    graft::interactions_builder builder;
    const std::int64_t times[] = {5, 9, 1, 9, 9, 2, 3, 4, 0, 6};
    for (std::size_t i = 0; i < 10; ++i) builder.add(i % 3, i, static_cast<float>(i), times[i]);
    const auto all = builder.build();
    const auto parts = graft::split(all, graft::by_time{.fraction = 0.2});
    check_partition(all, parts);
    CHECK(values(parts.valid) == std::vector<float>{3, 4});
    CHECK(values(graft::split(all, graft::by_time{.fraction = 0.5}).valid) ==
          std::vector<float>{0, 1, 3, 4, 9});
    CHECK_THROWS_WITH_AS((void)graft::split(numbered(10), graft::by_time{}),
                         "by_time: the entries have no times", graft::argument_error);
    CHECK_THROWS_WITH_AS((void)graft::split(all, graft::by_time{.fraction = 1}),
                         "by_time: the fraction is 1.000000; it must lie between 0 and 1",
                         graft::argument_error);
}

TEST_CASE("leave one out: the latest of each user, who keeps at least one") {
    graft::interactions_builder builder;
    builder.add("a", "x", 0, 7)
        .add("b", "x", 1, 1)
        .add("a", "y", 2, 9)
        .add("a", "z", 3, 8)
        .add("c", "x", 4, 2);
    builder.add("c", "y", 5, 2);
    const auto all = builder.build();
    const auto parts = graft::split(all, graft::leave_one_out{});
    check_partition(all, parts);
    CHECK(values(parts.valid) == std::vector<float>{2, 5});
}

TEST_CASE("leave one out without times: a seeded choice, even over a user's entries") {
    const auto all = numbered(70); // seven users with ten entries each
    const auto parts = graft::split(all, graft::leave_one_out{.seed = 3});
    check_partition(all, parts);
    std::set<graft::user_id> users(parts.valid.users().begin(), parts.valid.users().end());
    CHECK(parts.valid.size() == 7);
    CHECK(users.size() == 7);
    CHECK(values(graft::split(all, graft::leave_one_out{.seed = 3}).valid) == values(parts.valid));
    std::vector<int> count(70);
    for (std::uint64_t seed = 0; seed < 2000; ++seed) {
        const auto some = graft::split(all, graft::leave_one_out{.seed = seed});
        for (const float value : some.valid.values()) ++count[static_cast<std::size_t>(value)];
    }
    for (const int c : count) CHECK(std::abs(c - 200) < 70); // five deviations
    CHECK_THROWS_WITH_AS(
        (void)graft::split(numbered(7), graft::leave_one_out{}),
        "leave_one_out: of 7 entries, 7 are left to train on and 0 to validate on; both parts need "
        "some",
        graft::argument_error);
}

TEST_CASE("cold items and users: all of their entries are held out, and ids without entries do not count") {
    graft::random_engine engine(5);
    std::vector<graft::user_id> users;
    std::vector<graft::item_id> items;
    std::vector<float> positions;
    for (std::size_t i = 0; i < 300; ++i) { // ids 0, 2, ... 18 and 1, 4, ... 58 of tables with 100 rows
        users.push_back(static_cast<graft::user_id>(2 * (i < 10 ? i : graft::draw_below(engine, 10))));
        items.push_back(static_cast<graft::item_id>(3 * (i < 20 ? i : graft::draw_below(engine, 20)) + 1));
        positions.push_back(static_cast<float>(i));
    }
    const auto all = graft::interactions::from_rows(users, items, positions, 100, 100);
    const auto distinct = [](auto ids) { return std::set(ids.begin(), ids.end()); };
    const auto common = [](const auto& a, const auto& b) {
        return std::count_if(a.begin(), a.end(), [&](auto id) { return b.contains(id); });
    };
    const auto by_item = graft::split(all, graft::cold_items{.fraction = 0.25, .seed = 1});
    check_partition(all, by_item);
    CHECK(distinct(by_item.valid.items()).size() == 5);
    CHECK(common(distinct(by_item.valid.items()), distinct(by_item.train.items())) == 0);
    const auto by_user = graft::split(all, graft::cold_users{.fraction = 0.3, .seed = 1});
    check_partition(all, by_user);
    CHECK(distinct(by_user.valid.users()).size() == 3);
    CHECK(common(distinct(by_user.valid.users()), distinct(by_user.train.users())) == 0);
    CHECK(values(graft::split(all, graft::cold_items{.fraction = 0.25, .seed = 2}).valid) !=
          values(by_item.valid));
    CHECK_THROWS_WITH_AS(
        (void)graft::split(all, graft::cold_users{.fraction = 0.01}),
        "cold_users: of 300 entries, 300 are left to train on and 0 to validate on; both parts need "
        "some",
        graft::argument_error);
    CHECK_THROWS_WITH_AS((void)graft::split(all, graft::cold_items{.fraction = 0}),
                         "cold_items: the fraction is 0.000000; it must lie between 0 and 1",
                         graft::argument_error);
}
