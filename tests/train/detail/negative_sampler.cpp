#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include <doctest/doctest.h>

#include <graft/core/counter_random.hpp>
#include <graft/core/error.hpp>
#include <graft/train/detail/negative_sampler.hpp>

namespace {

using graft::detail::negative_sampler;

/// User 0 has item 2; user 1 has all but item 3; items 0 .. 4 have 1, 2, 2, 0 and 3 interactions.
graft::interactions clicks() {
    std::vector<graft::user_id> users;
    std::vector<graft::item_id> items;
    const auto add = [&](unsigned u, unsigned i) {
        users.push_back(graft::user_id{u});
        items.push_back(graft::item_id{i});
    };
    add(0, 2), add(1, 0), add(1, 1), add(1, 2), add(1, 4), add(2, 4), add(3, 4), add(3, 1);
    return graft::interactions::from_rows(users, items, std::vector<float>(users.size(), 1.0F), 4, 5);
}

/// How often each item is drawn for a user.
std::vector<double> counts(const negative_sampler& sampler, unsigned user, std::size_t draws,
                           std::size_t num_items = 5) {
    std::vector<double> result(num_items);
    std::vector<graft::item_id> items(4);
    for (std::size_t k = 0; k < draws / items.size(); ++k) {
        sampler.draw(graft::user_id{user}, graft::counter_random(7, 1, k), items);
        for (const auto item : items) result[row_of(item)] += 1;
    }
    return result;
}

void check_shares(const std::vector<double>& drawn, const std::vector<double>& shares) {
    double draws = 0;
    for (const double count : drawn) draws += count;
    for (std::size_t i = 0; i < drawn.size(); ++i) {
        if (shares[i] == 0) CHECK(drawn[i] == 0);
        CHECK(std::abs(drawn[i] - draws * shares[i]) <= 5 * std::sqrt(draws * shares[i]));
    }
}

} // namespace

TEST_CASE("negatives are drawn evenly from what a user does not have") {
    const auto data = clicks();
    const negative_sampler sampler(data, nullptr, 5, {.per_positive = 1});
    check_shares(counts(sampler, 0, 40'000), {0.25, 0.25, 0, 0.25, 0.25});
    check_shares(counts(sampler, 1, 1'000), {0, 0, 0, 1, 0});
    check_shares(counts(sampler, 2, 40'000), {0.25, 0.25, 0.25, 0.25, 0});
    CHECK(sampler.share(3) == doctest::Approx(0.2));
}

TEST_CASE("negatives are drawn evenly for users with few and with many items") {
    constexpr unsigned rows = 40;
    for (unsigned own = 1; own < rows; ++own) {
        std::vector<graft::user_id> users(own, graft::user_id{0});
        std::vector<graft::item_id> items;
        std::vector<double> shares(rows, 1.0 / (rows - own));
        for (unsigned k = 0; k < own; ++k) {
            const unsigned item = k * 13 % rows; // another one for each k
            items.push_back(graft::item_id{item});
            shares[item] = 0;
        }
        const auto data =
            graft::interactions::from_rows(users, items, std::vector<float>(own, 1.0F), 1, rows);
        const negative_sampler sampler(data, nullptr, rows, {.per_positive = 1});
        check_shares(counts(sampler, 0, 4'000, rows), shares);
    }
}

TEST_CASE("negatives are drawn by a power of popularity") {
    const auto data = clicks();
    // User 1, who has all items that are drawn, is left out by giving him one more item to draw from.
    std::vector<graft::user_id> users(data.users().begin(), data.users().end());
    std::vector<graft::item_id> items(data.items().begin(), data.items().end());
    users.push_back(graft::user_id{2});
    items.push_back(graft::item_id{3});
    const auto more =
        graft::interactions::from_rows(users, items, std::vector<float>(users.size(), 1.0F), 4, 5);
    const negative_sampler sampler(more, nullptr, 5, {.per_positive = 1, .popularity_power = 1});
    // counts 1, 2, 2, 1, 3
    check_shares(counts(sampler, 0, 40'000), {1 / 7.0, 2 / 7.0, 0, 1 / 7.0, 3 / 7.0});
    check_shares(counts(sampler, 1, 1'000), {0, 0, 0, 1, 0});
    CHECK(sampler.share(4) == doctest::Approx(3 / 9.0));
    const negative_sampler flat(more, nullptr, 5, {.per_positive = 1, .popularity_power = 0.5});
    const double all = 1 + std::sqrt(2.0) + 1 + std::sqrt(3.0);
    check_shares(counts(flat, 0, 40'000), {1 / all, std::sqrt(2.0) / all, 0, 1 / all, std::sqrt(3.0) / all});
}

TEST_CASE("a user whose items have nearly all of the popularity still gets the others by their shares") {
    std::vector<graft::user_id> users;
    std::vector<graft::item_id> items;
    for (unsigned k = 0; k < 10'000; ++k) {
        users.push_back(graft::user_id{0});
        items.push_back(graft::item_id{0});
    }
    for (const unsigned i : {1U, 2U, 2U, 2U}) {
        users.push_back(graft::user_id{1});
        items.push_back(graft::item_id{i});
    }
    const auto data =
        graft::interactions::from_rows(users, items, std::vector<float>(users.size(), 1.0F), 2, 5);
    const negative_sampler sampler(data, nullptr, 5, {.per_positive = 1, .popularity_power = 1});
    check_shares(counts(sampler, 0, 20'000), {0, 0.25, 0.75, 0, 0});
}

TEST_CASE("validation items are no negatives either") {
    const auto data = clicks();
    const auto valid = graft::interactions::from_rows(std::vector{graft::user_id{0}, graft::user_id{0}},
                                                      std::vector{graft::item_id{0}, graft::item_id{1}},
                                                      std::vector{1.0F, 1.0F}, 4, 5);
    const negative_sampler sampler(data, &valid, 5, {.per_positive = 1});
    check_shares(counts(sampler, 0, 10'000), {0, 0, 0, 0.5, 0.5});
}

TEST_CASE("what cannot be drawn is refused") {
    const auto data = clicks();
    const double infinity = std::numeric_limits<double>::infinity();
    for (const double power : {-1.0, infinity, std::nan("")})
        CHECK_THROWS_WITH_AS(
            negative_sampler(data, nullptr, 5, {.per_positive = 1, .popularity_power = power}),
            "fit: negatives.popularity_power must be a finite number >= 0", graft::argument_error);
    CHECK_THROWS_WITH_AS(negative_sampler(data, nullptr, 5, {.per_positive = 65'536}),
                         "fit: negatives.per_positive must be at most 65535", graft::argument_error);
    CHECK_THROWS_WITH_AS(
        negative_sampler(data, nullptr, 5, {.per_positive = 1, .popularity_power = 1}),
        "fit: no negative can be drawn for user '1', who has interactions with all 4 items that "
        "are drawn; leave the user out",
        graft::argument_error);
}
