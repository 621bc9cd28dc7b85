#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include <Eigen/Core>
#include <doctest/doctest.h>

#include <graft/backend/cpu/step_passes.hpp>
#include <graft/backend/scorer.hpp>
#include <graft/loss/squared_error.hpp>
#include <graft/optim/sgd.hpp>

namespace {

constexpr std::size_t dim = 5;
constexpr double rate = 0.1;
const std::vector<graft::user_id> users{graft::user_id{1}, graft::user_id{0}, graft::user_id{1},
                                        graft::user_id{1}};
const std::vector<graft::item_id> items{graft::item_id{2}, graft::item_id{2}, graft::item_id{0},
                                        graft::item_id{3}}; // 2 occurs twice, 0 and 3 are alone

/// One step on these interactions, by one thread.
struct one_step {
    using passes_type =
        graft::detail::step_passes<double, Eigen::Dynamic, graft::dot, graft::sgd, graft::squared_error>;

    explicit one_step(const std::vector<float>& targets)
        : user_store(2, dim), item_store(4, dim), passes(user_store, item_store, 0.0, {}, 1) {
        fill(user_store, 0.3);
        fill(item_store, -0.2);
        user_before = weights_of(user_store);
        item_before = weights_of(item_store);
        std::vector<passes_type::worker> workers;
        workers.emplace_back(graft::sgd{}, dim);
        passes.users().prepare<graft::sgd>({}, 0, 1);
        passes.items().prepare<graft::sgd>({}, 0, 1);
        passes.reserve(users.size(), workers);
        plan.plan(users, 2, items, 4, targets, workers[0].sorter);
        const auto at = passes.begin(plan, 0);
        workers[0].rows.timeline.begin(rate);
        const auto slots = static_cast<std::uint32_t>(plan.users.rows.size());
        finite = passes.move_users(workers[0], at, {0, slots}, slots);
        passes.move_items(workers[0], at, 0, 4);
    }

    using matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
    static void fill(graft::cpu_store<double>& store, double start) {
        std::vector<double> values(store.rows() * dim);
        for (std::size_t i = 0; i < values.size(); ++i) values[i] = start + 0.1 * static_cast<double>(i % 7);
        store.write_all(values.data());
    }
    static matrix weights_of(const graft::cpu_store<double>& store) {
        matrix m(static_cast<Eigen::Index>(store.rows()), static_cast<Eigen::Index>(dim));
        store.read_all(m.data());
        return m;
    }

    graft::cpu_store<double> user_store;
    graft::cpu_store<double> item_store;
    passes_type passes;
    graft::detail::batch_plan plan;
    matrix user_before, item_before;
    bool finite = false;
};

} // namespace

TEST_CASE("the passes of a step move users and items by the gradients at the weights before it") {
    const std::vector<float> targets{1, 2, 3, 4};
    one_step step(targets);
    auto want_users = step.user_before;
    auto want_items = step.item_before;
    double loss = 0;
    for (std::size_t k = 0; k < users.size(); ++k) {
        const auto u = static_cast<Eigen::Index>(row_of(users[k]));
        const auto i = static_cast<Eigen::Index>(row_of(items[k]));
        const double residual =
            step.user_before.row(u).dot(step.item_before.row(i)) - static_cast<double>(targets[k]);
        loss += residual * residual / 4;
        want_users.row(u) -= rate * 2 * residual / 4 * step.item_before.row(i);
        want_items.row(i) -= rate * 2 * residual / 4 * step.user_before.row(u);
    }
    CHECK(step.finite);
    CHECK(step.passes.mean_loss(4) == doctest::Approx(loss).epsilon(1e-14));
    CHECK((one_step::weights_of(step.user_store) - want_users).cwiseAbs().maxCoeff() < 1e-14);
    CHECK((one_step::weights_of(step.item_store) - want_items).cwiseAbs().maxCoeff() < 1e-14);
    CHECK(one_step::weights_of(step.item_store).row(1) == step.item_before.row(1)); // in no interaction
}

TEST_CASE("a loss that is not finite moves neither its user nor its item, and its place is told") {
    one_step step({1, 2, std::numeric_limits<float>::infinity(), 4}); // user 1 and item 0
    CHECK_FALSE(step.finite);
    const auto users_after = one_step::weights_of(step.user_store);
    CHECK(users_after.row(1) == step.user_before.row(1));
    CHECK(users_after.row(0) != step.user_before.row(0));
    CHECK(one_step::weights_of(step.item_store).row(0) == step.item_before.row(0));
    for (std::size_t place = 0; place < 4; ++place)
        CHECK(step.passes.is_finite(place) == (step.plan.users.positions[place] != 2));
}
