#include <array>
#include <cmath>
#include <cstddef>
#include <vector>

#include <doctest/doctest.h>

#include <graft/core/random.hpp>
#include <graft/loss/softmax.hpp>

#include <support/backend.hpp>
#include <support/batches.hpp>
#include <support/finite_differences.hpp>
#include <support/follow.hpp>

static_assert(graft::group_loss<graft::softmax> && !graft::pointwise_loss<graft::softmax>);

TEST_CASE("the gradient of softmax is that of the cross entropy by finite differences") {
    for (const std::size_t group : {2U, 5U}) {
        graft::random_engine engine(4);
        const auto b = test::grouped_batch(engine, 12, group, 7, 5);
        const auto objective = [group](const std::vector<double>& scores, const std::vector<float>&) {
            double sum = 0;
            for (std::size_t first = 0; first < scores.size(); first += group) {
                double all = 0;
                for (std::size_t k = 0; k < group; ++k) all += std::exp(scores[first + k]);
                sum -= std::log(std::exp(scores[first]) / all);
            }
            return sum / static_cast<double>(scores.size() / group);
        };
        for (const double l2 : {0.0, 0.3}) {
            test::check_gradient<graft::dot>(graft::softmax{}, b, l2, group, objective);
            test::check_gradient<graft::biased>(graft::softmax{}, b, l2, group, objective);
        }
    }
}

TEST_CASE_TEMPLATE("softmax of scores that are far apart is finite", Scalar, float, double) {
    const std::array<float, 3> targets{};
    std::array<Scalar, 3> gradients{};
    const std::array<Scalar, 3> worst{-1000, 1000, 1000};
    CHECK(graft::softmax{}(worst.data(), targets.data(), 3, gradients.data()) ==
          doctest::Approx(2000 + std::log(2.0)));
    CHECK(gradients == std::array<Scalar, 3>{Scalar(-1), Scalar(0.5), Scalar(0.5)});
    const std::array<Scalar, 3> best{1000, -1000, -1000};
    CHECK(graft::softmax{}(best.data(), targets.data(), 3, gradients.data()) == Scalar(0));
    CHECK(gradients == std::array<Scalar, 3>{});
}

// By 1e-10 in double; in float as near to PyTorch's double run as PyTorch's own float run is.
TEST_CASE("training with softmax follows PyTorch's") {
    const auto c = golden::load("adam_softmax");
    golden::follow<test::backend, graft::dot, double, graft::adam, graft::softmax>(c);
    golden::follow<test::backend, graft::dot, float, graft::adam, graft::softmax>(c);
}
