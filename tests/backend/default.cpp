#include <type_traits>

#include <graft/backend/default.hpp>

// What nvcc makes of it is in tests/backend/cuda/switch.cu.
static_assert(std::is_same_v<graft::default_backend, graft::cpu>);
