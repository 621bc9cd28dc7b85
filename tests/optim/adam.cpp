#include <doctest/doctest.h>

#include <graft/optim/adam.hpp>

#include <support/backend.hpp>
#include <support/follow.hpp>

// Doubles by 1e-10; floats as near to PyTorch's double runs as PyTorch's own float runs are.
TEST_CASE("adam runs follow those of torch.optim.Adam") {
    golden::follow_all<test::backend, graft::adam>(
        {"adam_basic", "adam_biased", "adam_long", "adam_betas", "adam_tiny", "adam_tinier", "adam_lr0",
         "adam_pause", "adam_one_row", "adam_step", "adam_cosine", "adam_exponential"});
}
