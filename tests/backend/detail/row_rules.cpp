#include <cstddef>

#include <doctest/doctest.h>

#include <graft/backend/detail/row_rules.hpp>
#include <graft/optim/adam.hpp>
#include <graft/optim/adamw.hpp>

using graft::detail::row_rules_data;

TEST_CASE("rules of a table and of its rows are combined row by row") {
    graft::table_rules given{
        .lr_factor = 0.5, .row_lr_factors = {1, 0, 0.5F}, .l2 = 0.25, .row_l2 = {0, 1, 2}};
    const row_rules_data<double> data(given, 7.0, 3, 4);
    const auto rules = data.view();
    CHECK(rules.factor(0) == 0.5);
    CHECK(rules.factor(1) == 0);
    CHECK(rules.factor(2) == 0.25);
    CHECK(rules.l2_of(0) == 0.25);
    CHECK(rules.l2_of(2) == 2.25);
    CHECK(rules.anchor_of(2) == nullptr);
}

TEST_CASE("rules that say nothing leave each row to the optimizer and the training's penalty") {
    const row_rules_data<float> data({}, 0.125, 2, 4);
    const auto rules = data.view();
    CHECK(rules.factor(1) == 1);
    CHECK(rules.l2_of(1) == 0.125F);
    CHECK(row_rules_data<float>({.l2 = 0.0}, 0.125, 2, 4).view().l2_of(1) == 0);
}

TEST_CASE("an anchor's rows are laid out as the table's, with 0 where it gives nothing") {
    graft::table_rules given;
    given.anchor.resize(2, 3);
    given.anchor << 1, 2, 3, 4, 5, 6;
    const row_rules_data<double> data(given, 0.0, 2, 5);
    for (std::size_t r = 0; r < 2; ++r) {
        const double* row = data.view().anchor_of(r);
        REQUIRE(row != nullptr);
        for (std::size_t i = 0; i < 5; ++i)
            CHECK(row[i] == (i < 3 ? static_cast<double>(3 * r + i + 1) : 0.0));
    }
}

TEST_CASE("a row's penalty grows with the share of the batch in which it stands") {
    CHECK(graft::detail::row_penalty(0.5, 3, 12) == 2 * 0.5 * 3 / 12);
}

TEST_CASE("a row is current unless the steps since it was touched can have moved it") {
    using graft::detail::is_row_current;
    CHECK(is_row_current(7, 7, 1.0, 0.5));
    CHECK_FALSE(is_row_current(6, 7, 1.0, 1.0)); // its moments move it
    CHECK(is_row_current(6, 7, 0.0, 0.5));       // frozen
    CHECK(is_row_current(0, 7, 1.0, 1.0));       // no moments and no weight decay
    CHECK_FALSE(is_row_current(0, 7, 1.0, 0.5)); // weight decay
}

TEST_CASE("with other rules the decay of an untouched row starts anew, and nothing else does") {
    using graft::detail::last_with_new_rules;
    CHECK(last_with_new_rules<graft::adamw>(0, 9) == 9);
    CHECK(last_with_new_rules<graft::adamw>(4, 9) == 4);
    CHECK(last_with_new_rules<graft::adam>(0, 9) == 0);
}
