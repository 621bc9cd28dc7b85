#include <support/backend.hpp>
#include <support/follow.hpp>

TEST_CASE("scores, loss and gradients are PyTorch's") {
    golden::check_forward<test::backend, graft::dot>(golden::load("gradient_dot"));
    golden::check_forward<test::backend, graft::biased>(golden::load("gradient_biased"));
}

TEST_CASE("double runs follow PyTorch's") { golden::follow_all<test::backend, double>(); }

TEST_CASE("float runs stay as near to PyTorch's double runs as PyTorch's own float runs do") {
    golden::follow_all<test::backend, float>();
}
