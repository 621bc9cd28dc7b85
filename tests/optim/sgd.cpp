#include <doctest/doctest.h>

#include <graft/optim/sgd.hpp>

#include <support/backend.hpp>
#include <support/follow.hpp>

// Doubles by 1e-10; floats as near to PyTorch's double runs as PyTorch's own float runs are.
TEST_CASE("sgd runs follow those of torch.optim.SGD") {
    golden::follow_all<test::backend, graft::sgd>({"sgd_basic", "sgd_biased"});
}
