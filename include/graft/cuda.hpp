#pragma once

/// The CUDA backend, `graft::cuda`, and `graft::cuda_available()`: for units that nvcc compiles.

#include <graft/backend/cuda/cuda.hpp>
