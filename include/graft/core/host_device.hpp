#pragma once

/// Marks arithmetic that the CPU and a GPU share. It changes nothing but where a function may be called.
#if defined(__CUDACC__)
#define GRAFT_HOST_DEVICE __host__ __device__
#else
#define GRAFT_HOST_DEVICE
#endif
