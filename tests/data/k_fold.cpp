#include <algorithm>
#include <vector>

#include <doctest/doctest.h>

#include <graft/data/interactions_builder.hpp>
#include <graft/data/k_fold.hpp>
#include <graft/data/read_ratings.hpp>

#include <support/numbered.hpp>
#include <support/real_data.hpp>

namespace {

void check_folds(const graft::interactions& all, const graft::fold_list& folds,
                 const std::vector<std::size_t>& sizes) {
    REQUIRE(folds.size() == sizes.size());
    std::vector<float> together;
    for (std::size_t fold = 0; fold < folds.size(); ++fold) {
        const auto [train, valid] = folds[fold];
        CHECK(valid.size() == sizes[fold]);
        CHECK(train.size() + valid.size() == all.size());
        CHECK(std::is_sorted(train.values().begin(), train.values().end()));
        CHECK(std::is_sorted(valid.values().begin(), valid.values().end()));
        auto both = values(train);
        both.insert(both.end(), valid.values().begin(), valid.values().end());
        std::sort(both.begin(), both.end());
        CHECK(both == values(all));
        together.insert(together.end(), valid.values().begin(), valid.values().end());
    }
    std::sort(together.begin(), together.end());
    CHECK(together == values(all));
}

} // namespace

TEST_CASE("every entry is held out in exactly one fold") {
    const auto all = numbered(23);
    check_folds(all, graft::split(all, graft::k_fold{.folds = 5, .seed = 1}), {5, 5, 5, 4, 4});
    check_folds(all, graft::split(all, graft::k_fold{.folds = 23, .seed = 1}),
                std::vector<std::size_t>(23, 1));
    check_folds(all, graft::split(all, graft::surprise_folds{.folds = 3, .seed = 2}), {8, 8, 7});
    CHECK(values(graft::split(all, graft::k_fold{.seed = 1})[0].valid) ==
          values(graft::split(all, graft::k_fold{.seed = 1})[0].valid));
    CHECK(values(graft::split(all, graft::k_fold{.seed = 1})[0].valid) !=
          values(graft::split(all, graft::k_fold{.seed = 2})[0].valid));
}

TEST_CASE("folds that cannot be are refused") {
    const auto all = numbered(4);
    CHECK_THROWS_WITH_AS(
        (void)graft::split(all, graft::k_fold{.folds = 1}),
        "k_fold: 1 folds of 4 entries were asked for; at least 2 are possible and at most one per "
        "entry",
        graft::argument_error);
    CHECK_THROWS_WITH_AS(
        (void)graft::split(all, graft::surprise_folds{}),
        "k_fold: 5 folds of 4 entries were asked for; at least 2 are possible and at most one per "
        "entry",
        graft::argument_error);
    CHECK_THROWS_WITH_AS((void)graft::split(all, graft::k_fold{.folds = 2})[2],
                         "k_fold: fold 2 was asked for; there are 2", graft::argument_error);
}

TEST_CASE("Surprise's folds begin as NumPy's shuffle does") {
    const auto order = graft::detail::numpy_order(100000, 0);
    const std::size_t first[] = {3582, 60498, 53227, 21333, 3885};
    for (std::size_t i = 0; i < 5; ++i) CHECK(order[i] == first[i]);
    auto sorted = order;
    std::sort(sorted.begin(), sorted.end());
    for (std::size_t i = 0; i < sorted.size(); ++i) REQUIRE(sorted[i] == i);
    // numpy.random.RandomState(42).permutation(10)
    CHECK(graft::detail::numpy_order(10, 42) == std::vector<std::size_t>{8, 1, 5, 0, 7, 2, 9, 4, 3, 6});
    CHECK(graft::detail::numpy_order(1, 0) == std::vector<std::size_t>{0});
    CHECK(graft::detail::numpy_order(0, 0).empty());
}

TEST_CASE("the first fold of ML-100K holds the entry that is first in the shuffled order") {
    const auto path = real_data("ml-100k/u.data");
    if (path.empty()) return;
    const auto all = graft::read_ratings(path);
    const auto [train, valid] = graft::split(all, graft::surprise_folds{})[0];
    CHECK(valid.size() == 20000);
    bool found = false;
    for (std::size_t i = 0; i < valid.size(); ++i)
        found = found || (valid.users()[i] == all.users()[3582] && valid.items()[i] == all.items()[3582]);
    CHECK(found);
}

TEST_CASE("an order that is no permutation is refused") {
    const std::vector<graft::user_id> users(4, graft::user_id{0});
    const std::vector<graft::item_id> items(4, graft::item_id{0});
    const std::vector<float> values(4, 1.0F);
    const auto all = graft::interactions::from_rows(users, items, values, 1, 1);
    const std::vector<std::size_t> shorter{0, 1, 2};
    const std::vector<std::size_t> twice{0, 1, 2, 2};
    const std::vector<std::size_t> beyond{0, 1, 2, 4};
    CHECK_THROWS_WITH_AS(graft::fold_list(all, 2, shorter),
                         "k_fold: an order of 3 positions was given for 4 entries; it must be a permutation",
                         graft::argument_error);
    CHECK_THROWS_WITH_AS(
        graft::fold_list(all, 2, twice),
        "k_fold: the order names position 2 twice or beyond the last entry; it must be a permutation",
        graft::argument_error);
    CHECK_THROWS_WITH_AS(
        graft::fold_list(all, 2, beyond),
        "k_fold: the order names position 4 twice or beyond the last entry; it must be a permutation",
        graft::argument_error);
}

TEST_CASE("all entries of an item, or of a user, are held out in the same fold") {
    const auto all = numbered(61); // users 0 to 6, an item for each entry
    graft::interactions_builder builder;
    for (std::size_t i = 0; i < 200; ++i) builder.add(i % 11, i * i % 23, static_cast<float>(i));
    const auto source = builder.build(graft::duplicates::keep_all);
    std::vector<std::size_t> unrated{0, 1, 2, 3, 4, 5};
    const auto some = source.select(unrated); // most items have no entry here
    REQUIRE(some.num_items() > 10);
    const auto check = [](const graft::interactions& data, const graft::fold_list& folds, auto ids,
                          std::size_t present) {
        std::vector<std::size_t> times(data.size(), 0);
        std::size_t rows = 0;
        std::size_t least = present;
        std::size_t most = 0;
        for (std::size_t fold = 0; fold < folds.size(); ++fold) {
            const auto [train, valid] = folds[fold];
            CHECK(train.size() + valid.size() == data.size());
            std::vector<std::size_t> held;
            for (const auto id : ids(valid)) held.push_back(graft::row_of(id));
            std::sort(held.begin(), held.end());
            held.erase(std::unique(held.begin(), held.end()), held.end());
            for (const auto id : ids(train))
                CHECK_FALSE(std::binary_search(held.begin(), held.end(), graft::row_of(id)));
            rows += held.size();
            least = (std::min)(least, held.size());
            most = (std::max)(most, held.size());
        }
        CHECK(rows == present);
        CHECK(most - least <= 1);
    };
    const auto items = [](const auto& part) { return part.items(); };
    const auto users = [](const auto& part) { return part.users(); };
    check(all, graft::split(all, graft::cold_item_folds{.folds = 10, .seed = 3}), items, 61);
    check(all, graft::split(all, graft::cold_user_folds{.folds = 3, .seed = 3}), users, 7);
    check(some, graft::split(some, graft::cold_item_folds{.folds = 2}), items, 6); // 0 1 4 9 16 2 of 23
    const auto first = graft::split(all, graft::cold_item_folds{.seed = 1})[0].valid;
    CHECK(values(first) == values(graft::split(all, graft::cold_item_folds{.seed = 1})[0].valid));
    CHECK(values(first) != values(graft::split(all, graft::cold_item_folds{.seed = 2})[0].valid));
    CHECK_THROWS_WITH_AS((void)graft::split(all, graft::cold_user_folds{.folds = 8}),
                         "cold_user_folds: 8 folds of 7 users were asked for; at least 2 are possible and at "
                         "most one for each",
                         graft::argument_error);
    CHECK_THROWS_AS((void)graft::split(all, graft::cold_item_folds{.folds = 1}), graft::argument_error);
}

TEST_CASE("folds can be given, and those that are none are refused") {
    const auto all = numbered(4);
    const graft::fold_list folds(all, std::vector<std::size_t>{1, 0, 1, 1}, 2);
    CHECK(values(folds[0].valid) == std::vector<float>{1});
    CHECK(values(folds[1].valid) == std::vector<float>{0, 2, 3});
    const auto refuse = [&](std::vector<std::size_t> fold_of, std::size_t count, const char* message) {
        CHECK_THROWS_WITH_AS(graft::fold_list(all, fold_of, count), message, graft::argument_error);
    };
    refuse({0, 1, 1}, 2, "k_fold: folds of 3 entries were given for 4");
    refuse({0, 1, 1, 2}, 2, "k_fold: an entry is in fold 2 of 2");
    refuse({0, 1, 1, 0}, 3, "k_fold: fold 2 has no entries");
    refuse({0, 0, 0, 0}, 1,
           "k_fold: 1 folds of 4 entries were asked for; at least 2 are possible and at most one per entry");
}
