#pragma once

// Stands before the real header on the include path of the programs that run the tests on a device.
#include <graft/backend/cpu/cpu.hpp>
#include <graft/backend/cuda/device_backend.hpp>
#include <graft/backend/cuda/omp_system.hpp>

namespace graft {

using default_backend = device_backend<omp_system>;

} // namespace graft
