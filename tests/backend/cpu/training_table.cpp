#include <cstddef>

#include <doctest/doctest.h>

#include <graft/backend/cpu/training_table.hpp>
#include <graft/optim/adam.hpp>
#include <graft/optim/adamw.hpp>
#include <graft/optim/sgd.hpp>

namespace {

using rules_data = graft::detail::row_rules_data<float>;

rules_data rules_with(double lr_factor) { return {{.lr_factor = lr_factor}, 0.0, 4, 3}; }

} // namespace

TEST_CASE("a table gets moments and steps when its rules first let it move") {
    graft::cpu_store<float> store(4, 3);
    graft::detail::training_table<float> table(store);
    table.prepare<graft::adam>(rules_with(0), 0, 1);
    CHECK(store.has_moments(0));
    CHECK(table.last.rows() == 0);
    table.prepare<graft::adam>(rules_with(0.5), 7, 1);
    CHECK(store.has_moments(2));
    CHECK(table.last.rows() == 4);
    table.last[2] = 5;
    store.row(2)[store.pitch()] = 1.5F;
    table.prepare<graft::adam>(rules_with(1), 9, 1); // it has them
    CHECK(table.last[2] == 5);
    CHECK(store.row(2)[store.pitch()] == 1.5F);
    table.prepare<graft::adam>(rules_with(0), 9, 1); // and keeps them
    CHECK(store.has_moments(2));
}

TEST_CASE("a table of an optimizer that is not lazy keeps no steps") {
    graft::cpu_store<float> store(4, 3);
    graft::detail::training_table<float> table(store);
    table.prepare<graft::sgd>(rules_with(1), 0, 1);
    CHECK(table.last.rows() == 0);
}

TEST_CASE("untouched rows of a table whose weights decay do so from the step of new rules on") {
    graft::cpu_store<float> store(4, 3);
    graft::detail::training_table<float> table(store);
    table.prepare<graft::adamw>(rules_with(1), 0, 1);
    table.last[1] = 3;
    table.prepare<graft::adamw>(rules_with(1), 8, 1);
    CHECK(table.last[0] == 8);
    CHECK(table.last[1] == 3);
}

TEST_CASE("a table keeps the values of its rules") {
    graft::cpu_store<float> store(4, 3);
    graft::detail::training_table<float> table(store);
    {
        rules_data coming({.row_lr_factors = {1, 0, 2, 3}, .row_l2 = {5, 6, 7, 8}}, 0.0, 4, 3);
        table.set_rules(coming);
        coming.row_l2.assign(4, 0.0F);
    }
    CHECK(table.rules.factor(3) == 3);
    CHECK(table.rules.l2_of(3) == 8);
}
