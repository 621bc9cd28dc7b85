#include <doctest/doctest.h>

#include <graft/optim/sparse_adam.hpp>

#include <support/backend.hpp>
#include <support/follow.hpp>

// Doubles by 1e-10; floats as near to PyTorch's double runs as PyTorch's own float runs are.
TEST_CASE("sparse_adam runs follow those of torch.optim.SparseAdam") {
    golden::follow_all<test::backend, graft::sparse_adam>({"sparse_adam_basic", "sparse_adam_long"});
}
