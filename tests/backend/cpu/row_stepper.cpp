#include <cstddef>
#include <cstdint>
#include <vector>

#include <Eigen/Core>
#include <doctest/doctest.h>

#include <graft/backend/cpu/row_stepper.hpp>
#include <graft/backend/scorer.hpp>
#include <graft/optim/adam.hpp>
#include <graft/optim/sgd.hpp>

namespace {

constexpr std::size_t dim = 21; // chunks and single values
constexpr std::size_t width = dim + 1;

template <class Optimizer>
struct one_table {
    explicit one_table(const Optimizer& o, const graft::table_rules& rules = {})
        : store(3, width), table(store), stepper(o, width) {
        for (std::size_t i = 0; i < width; ++i) weights.push_back(0.1 * static_cast<double>(i + 1));
        for (std::size_t r = 0; r < 3; ++r) store.write(r, 0, weights.data(), width);
        graft::detail::row_rules_data<double> data(rules, 0.0, 3, width);
        table.template prepare<Optimizer>(data, 0, 1);
        table.set_rules(std::move(data));
    }
    /// One step that moves row 1 by a gradient, as a batch of one would.
    void step(double lr, double factor_of_gradient, const double* other) {
        stepper.timeline.begin(lr);
        workspace_type workspace;
        const double factor = table.rules.factor(1);
        const auto& coefficients = stepper.coefficients_of(table, 1, factor, workspace);
        std::vector<double> before(width);
        stepper.template catch_up<0>(table, 1, factor, coefficients, before.data(), nullptr);
        const graft::detail::row_gradient<double> gradient{factor_of_gradient, other};
        stepper.template move<0>(table, 1, factor, coefficients, before.data(), std::span(&gradient, 1), 1,
                                 nullptr);
        stepper.timeline.commit();
    }
    [[nodiscard]] std::vector<double> row(std::size_t r) const {
        return {store.row(r), store.row(r) + width};
    }

    using stepper_type = graft::detail::row_stepper<double, Eigen::Dynamic, graft::biased, Optimizer>;
    using workspace_type = typename stepper_type::catch_up_type;
    graft::cpu_store<double> store;
    graft::detail::training_table<double> table;
    stepper_type stepper;
    std::vector<double> weights;
};

} // namespace

TEST_CASE("a row moves by the sum of its gradients and by the penalty's, times its rate") {
    graft::table_rules rules{.row_lr_factors = {1, 0.5F, 1}, .l2 = 0.25};
    rules.anchor.setConstant(3, static_cast<Eigen::Index>(width), 2.0F);
    one_table<graft::sgd> t({}, rules);
    std::vector<double> first(width, 3.0);
    std::vector<double> second(width, 5.0);
    const std::vector<graft::detail::row_gradient<double>> gradients{{0.5, first.data()},
                                                                     {-2.0, second.data()}};
    t.stepper.timeline.begin(0.1);
    t.stepper.move<0>(t.table, 1, 0.5, {}, t.store.row(1), gradients, 8, nullptr);
    const auto moved = t.row(1);
    for (std::size_t i = 0; i < width; ++i) {
        const double gradient = i < dim ? 0.5 * 3 - 2.0 * 5 : 0.5 - 2.0; // a bias counts every factor once
        const double penalty = 2 * 0.25 * 2 / 8 * (t.weights[i] - 2);
        CHECK(moved[i] == doctest::Approx(t.weights[i] - 0.5 * 0.1 * (gradient + penalty)).epsilon(1e-14));
    }
    CHECK(t.row(0) == t.weights);
    CHECK(t.row(2) == t.weights);
}

TEST_CASE("a copy of a sleeping row has the weights that settling gives it") {
    one_table<graft::adam> t({});
    const std::vector<double> other(width, 1.5);
    t.step(0.01, 0.5, other.data());
    const auto asleep = t.row(1);
    for (int step = 0; step < 30; ++step) {
        t.stepper.timeline.begin(0.01);
        t.stepper.timeline.commit();
    }
    graft::detail::adam_catch_up<double> workspace;
    std::vector<double> copy(width);
    t.stepper.catch_up<0>(t.table, 1, 1.0, t.stepper.coefficients_of(t.table, 1, 1.0, workspace), copy.data(),
                          nullptr);
    CHECK(t.row(1) == asleep);
    CHECK(copy[0] < asleep[0] - 0.01); // Adam has moved it on
    const double moment = t.store.row(1)[t.store.pitch()];
    t.stepper.settle(t.table, 1, true);
    CHECK(t.row(1) == copy);
    CHECK(t.table.last[1] == 31);
    CHECK(t.store.row(1)[t.store.pitch()] < 0.1 * moment);
    t.stepper.settle(t.table, 1, true);
    CHECK(t.row(1) == copy);
}

TEST_CASE("a row that is frozen does not sleep") {
    one_table<graft::adam> t({});
    const std::vector<double> other(width, 1.5);
    t.step(0.01, 0.5, other.data());
    const auto before = t.row(1);
    t.table.set_rules({{.row_lr_factors = {1, 0, 1}}, 0.0, 3, width});
    for (int step = 0; step < 30; ++step) {
        t.stepper.timeline.begin(0.01);
        t.stepper.timeline.commit();
    }
    t.stepper.settle(t.table, 1, true);
    CHECK(t.row(1) == before);
    CHECK(t.table.last[1] == 31); // when it thaws, nothing is due
    t.stepper.settle(t.table, 0, true);
    CHECK(t.table.last[0] == 0);
}
