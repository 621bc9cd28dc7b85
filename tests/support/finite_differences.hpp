#pragma once

#include <cstddef>

#include <doctest/doctest.h>

#include <graft/optim/sgd.hpp>
#include <graft/train/trainer.hpp>

#include <support/backend.hpp>
#include <support/batches.hpp>

namespace test {

/// Checks that a step of sgd with a rate of 1 moves the weights by minus the derivative of the mean loss and
/// the penalty: objective(scores, targets) gives the mean loss of a batch.
template <class Scorer, class Loss, class Objective>
void check_gradient(const Loss& loss, const batch& b, double l2, std::size_t group_size,
                    const Objective& objective) {
    recommender<double, Eigen::Dynamic, Scorer> model(7, 5, 21, {.stddev = 0.5, .seed = 2});
    if constexpr (Scorer::has_biases) {
        model.set_mean(0.7);
        for (std::size_t r = 0; r < 7; ++r) model.users().set_bias(r, 0.1 * static_cast<double>(r));
    }
    const auto value = [&](const auto& m) {
        const auto squares = [](const auto& table, std::size_t r) {
            const double bias = table.has_bias() ? table.bias(r) : 0;
            return table.row(r).squaredNorm() + bias * bias;
        };
        double penalty = 0;
        for (std::size_t k = 0; k < b.users.size(); ++k)
            penalty += squares(m.users(), row_of(b.users[k])) + squares(m.items(), row_of(b.items[k]));
        const auto scores = m.score(b.users, b.items);
        return objective(std::vector<double>(scores.begin(), scores.end()), b.targets) +
               l2 * penalty / static_cast<double>(b.users.size());
    };
    auto moved = model;
    {
        graft::trainer<decltype(model), graft::sgd, Loss> trainer(moved, {.lr = 1},
                                                                  {.l2 = l2, .group_size = group_size}, loss);
        const double told = trainer.step(b.users, b.items, b.targets, b.weights);
        if (l2 == 0) CHECK(told == doctest::Approx(value(model)).epsilon(1e-12));
    }
    const double h = 1e-5;
    const auto check = [&](auto table_of) {
        const auto weights = table_of(model).weights();
        const auto after = table_of(moved).weights();
        for (std::size_t i = 0; i < weights.size(); ++i) {
            auto nudged = weights;
            auto other = model;
            nudged[i] = weights[i] + h;
            table_of(other).set_weights(nudged);
            const double up = value(other);
            nudged[i] = weights[i] - h;
            table_of(other).set_weights(nudged);
            const double down = value(other);
            CHECK(weights[i] - after[i] == doctest::Approx((up - down) / (2 * h)).epsilon(1e-7).scale(1));
        }
    };
    check([](auto& m) -> auto& { return m.users(); });
    check([](auto& m) -> auto& { return m.items(); });
}

} // namespace test
