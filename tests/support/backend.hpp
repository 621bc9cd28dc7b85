#pragma once

// The backend that a test program runs on: the CPU, or for the programs of tests/backend/device the device
// system that their build names in GRAFT_TEST_SYSTEM.

#include <Eigen/Core>

#include <graft/backend/scorer.hpp>
#include <graft/model/embedding_table.hpp>
#include <graft/model/recommender.hpp>
#if defined(GRAFT_TEST_SYSTEM)
#include <graft/backend/device/device_backend.hpp>
#include <graft/backend/device/host_system.hpp>
#if defined(__CUDACC__)
#include <graft/backend/cuda/cuda_system.hpp>
#endif
#if defined(_OPENMP)
#include <graft/backend/device/omp_system.hpp>
#endif
#else
#include <graft/backend/cpu/cpu.hpp>
#endif

namespace test {

#if defined(GRAFT_TEST_SYSTEM)
using backend = graft::device_backend<graft::GRAFT_TEST_SYSTEM>;
#else
using backend = graft::cpu;
#endif

#if defined(__CUDACC__)
using same_bits = backend; // 32 lanes to a row are another order of sums than one thread's
#elif defined(GRAFT_TEST_SYSTEM)
using same_bits = graft::device_backend<graft::cpp_system>; ///< a backend that must give the bits of this one
#endif

template <class Scalar, int Dim = Eigen::Dynamic>
using embedding_table = graft::embedding_table<Scalar, Dim, backend>;

template <class Scalar, int Dim = Eigen::Dynamic, class Scorer = graft::dot>
using recommender = graft::recommender<Scalar, Dim, backend, Scorer>;

} // namespace test
