#include <cmath>
#include <cstddef>
#include <vector>

#include <doctest/doctest.h>

#include <graft/core/random.hpp>
#include <graft/loss/squared_error.hpp>

#include <support/backend.hpp>
#include <support/batches.hpp>
#include <support/finite_differences.hpp>
#include <support/follow.hpp>

TEST_CASE("scores, loss and gradients are PyTorch's") {
    golden::check_forward<test::backend, graft::dot>(golden::load("gradient_dot"));
    golden::check_forward<test::backend, graft::biased>(golden::load("gradient_biased"));
}

TEST_CASE("the gradient is that of the objective by finite differences") {
    graft::random_engine engine(4);
    const auto b = test::random_batch(engine, 30, 7, 5); // every row stands there several times
    const auto objective = [](const std::vector<double>& scores, const std::vector<float>& targets) {
        double sum = 0;
        for (std::size_t k = 0; k < scores.size(); ++k)
            sum += std::pow(scores[k] - static_cast<double>(targets[k]), 2);
        return sum / static_cast<double>(scores.size());
    };
    for (const double l2 : {0.0, 0.3}) {
        test::check_gradient<graft::dot>(graft::squared_error{}, b, l2, 1, objective);
        test::check_gradient<graft::biased>(graft::squared_error{}, b, l2, 1, objective);
    }
}
