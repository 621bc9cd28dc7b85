#include <limits>

#include <doctest/doctest.h>

#include <graft/core/error.hpp>
#include <graft/optim/adam.hpp>
#include <graft/optim/adamw.hpp>
#include <graft/optim/sparse_adam.hpp>

namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

} // namespace

TEST_CASE("hyperparameters of Adam out of range are refused by name") {
    CHECK_NOTHROW(graft::adam{}.check());
    CHECK_NOTHROW((graft::adam{.lr = 0, .beta1 = 0, .beta2 = 0}.check()));
    for (const double lr : {-1e-9, not_a_number, infinity})
        CHECK_THROWS_WITH_AS((graft::adam{.lr = lr}.check()), "adam: lr must be a finite number >= 0",
                             graft::argument_error);
    for (const double beta : {-0.1, 1.0, not_a_number}) {
        CHECK_THROWS_WITH_AS((graft::adam{.beta1 = beta}.check()), "adam: beta1 must be in [0, 1)",
                             graft::argument_error);
        CHECK_THROWS_WITH_AS((graft::sparse_adam{.beta2 = beta}.check()),
                             "sparse_adam: beta2 must be in [0, 1)", graft::argument_error);
    }
    for (const double eps : {0.0, -1e-8, not_a_number, infinity})
        CHECK_THROWS_WITH_AS((graft::adamw{.eps = eps}.check()), "adamw: eps must be a finite number > 0",
                             graft::argument_error);
}

TEST_CASE("a weight decay that would turn weights around in a step is refused") {
    CHECK_NOTHROW((graft::adamw{.lr = 0.5, .weight_decay = 1.9}.check()));
    for (const double decay : {-0.1, 2.0, not_a_number})
        CHECK_THROWS_WITH_AS((graft::adamw{.lr = 0.5, .weight_decay = decay}.check()),
                             "adamw: weight_decay must be >= 0 and lr * weight_decay below 1",
                             graft::argument_error);
}
