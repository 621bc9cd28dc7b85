#include <doctest/doctest.h>

#include <graft/optim/adamw.hpp>

#include <support/backend.hpp>
#include <support/follow.hpp>

// Doubles by 1e-10; floats as near to PyTorch's double runs as PyTorch's own float runs are.
TEST_CASE("adamw runs follow those of torch.optim.AdamW") {
    golden::follow_all<test::backend, graft::adamw>(
        {"adamw_basic", "adamw_biased", "adamw_long", "adamw_tiny"});
}
