#pragma once

#include <thrust/system/omp/execution_policy.h>

#include <graft/backend/device/host_system.hpp>

namespace graft::inline v0_1 {

namespace detail {

struct thrust_omp {
    static constexpr const char* name = "Thrust on OpenMP";
    static auto policy() { return thrust::omp::par; }
};

} // namespace detail

using omp_system = host_system<detail::thrust_omp>;

} // namespace graft::inline v0_1
