#include <array>
#include <cmath>
#include <cstddef>
#include <vector>

#include <doctest/doctest.h>

#include <graft/core/random.hpp>
#include <graft/loss/bpr.hpp>

#include <support/backend.hpp>
#include <support/batches.hpp>
#include <support/finite_differences.hpp>
#include <support/follow.hpp>

static_assert(graft::group_loss<graft::bpr> && !graft::pointwise_loss<graft::bpr>);

TEST_CASE("the gradient of bpr is that of -log sigmoid(s_0 - s_j) by finite differences") {
    for (const std::size_t group : {2U, 5U}) {
        graft::random_engine engine(4);
        const auto b = test::grouped_batch(engine, 12, group, 7, 5);
        const auto objective = [group](const std::vector<double>& scores, const std::vector<float>&) {
            double sum = 0;
            for (std::size_t k = 0; k < scores.size(); ++k)
                if (k % group != 0) sum -= std::log(1 / (1 + std::exp(scores[k] - scores[k - k % group])));
            return sum / static_cast<double>(group - 1) / static_cast<double>(scores.size() / group);
        };
        for (const double l2 : {0.0, 0.3}) {
            test::check_gradient<graft::dot>(graft::bpr{}, b, l2, group, objective);
            test::check_gradient<graft::biased>(graft::bpr{}, b, l2, group, objective);
        }
    }
}

TEST_CASE_TEMPLATE("bpr of scores that are far apart is finite", Scalar, float, double) {
    const std::array<float, 3> targets{};
    std::array<Scalar, 3> gradients{};
    const std::array<Scalar, 3> worst{-1000, 1000, 1000};
    CHECK(graft::bpr{}(worst.data(), targets.data(), 3, gradients.data()) == Scalar(2000));
    CHECK(gradients == std::array<Scalar, 3>{Scalar(-1), Scalar(0.5), Scalar(0.5)});
    const std::array<Scalar, 3> best{1000, -1000, -1000};
    CHECK(graft::bpr{}(best.data(), targets.data(), 3, gradients.data()) == Scalar(0));
    CHECK(gradients == std::array<Scalar, 3>{});
    CHECK(graft::bpr{}(best.data(), targets.data(), 1, gradients.data()) == Scalar(0));
}

// By 1e-10 in double; in float as near to PyTorch's double run as PyTorch's own float run is.
TEST_CASE("training with bpr follows PyTorch's") {
    const auto c = golden::load("adam_bpr");
    golden::follow<test::backend, graft::dot, double, graft::adam, graft::bpr>(c);
    golden::follow<test::backend, graft::dot, float, graft::adam, graft::bpr>(c);
}
