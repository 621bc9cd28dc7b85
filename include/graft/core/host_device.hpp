#pragma once

/// Marks arithmetic that the CPU and a GPU share. It changes nothing but where a function may be called.
#if defined(__CUDACC__)
#define GRAFT_HOST_DEVICE __host__ __device__
#else
#define GRAFT_HOST_DEVICE
#endif

/// Stands before a template of such arithmetic that is also given types for the CPU alone, as chunks of
/// Eigen.
#if defined(__CUDACC__)
#define GRAFT_ALSO_HOST_ONLY _Pragma("nv_exec_check_disable")
#else
#define GRAFT_ALSO_HOST_ONLY
#endif

/// For the few functions and lambdas of a hot loop that must not become calls: their arguments then stay in
/// registers.
#if defined(__GNUC__)
#define GRAFT_ALWAYS_INLINE [[gnu::always_inline]] inline
#define GRAFT_INLINE_LAMBDA __attribute__((always_inline))
#elif defined(_MSC_VER)
#define GRAFT_ALWAYS_INLINE __forceinline
#define GRAFT_INLINE_LAMBDA
#else
#define GRAFT_ALWAYS_INLINE inline
#define GRAFT_INLINE_LAMBDA
#endif

/// For what makes messages of errors: it is small, and compiled apart from the code that may fail.
#if defined(__GNUC__)
#define GRAFT_COLD __attribute__((cold, noinline))
#else
#define GRAFT_COLD
#endif
