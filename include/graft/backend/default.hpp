#pragma once

#include <graft/backend/cpu/cpu.hpp>
#if defined(__CUDACC__)
#include <graft/backend/cuda/cuda.hpp>
#endif

namespace graft::inline v0_1 {

/// The backend of a recommender that names none: a GPU where nvcc compiles the unit, else the CPU.
#if defined(__CUDACC__)
using default_backend = cuda;
#else
using default_backend = cpu;
#endif

} // namespace graft::inline v0_1
