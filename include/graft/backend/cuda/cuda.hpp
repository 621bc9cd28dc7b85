#pragma once

#include <graft/backend/cuda/cuda_system.hpp>
#include <graft/backend/device/device_backend.hpp>

namespace graft::inline v0_1 {

/// Tables and training on a GPU.
using cuda = device_backend<cuda_system>;

} // namespace graft::inline v0_1
