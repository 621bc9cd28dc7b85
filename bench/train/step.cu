// The training steps on a GPU.
#include <cstdio>
#include <cuda_runtime.h>

#include <graft/cuda.hpp>

#include "step.hpp"

namespace {

/// Bytes that the GPU's memory can move per second: two words of the bus in each cycle of its clock. 0 where
/// the driver does not tell.
double memory_limit() {
    int device = 0;
    int kilohertz = 0;
    int bits = 0;
    if (cudaGetDevice(&device) != cudaSuccess ||
        cudaDeviceGetAttribute(&kilohertz, cudaDevAttrMemoryClockRate, device) != cudaSuccess ||
        cudaDeviceGetAttribute(&bits, cudaDevAttrGlobalMemoryBusWidth, device) != cudaSuccess) {
        (void)cudaGetLastError(); // or the next call would meet it
        return 0;
    }
    return 2 * 1e3 * kilohertz * (bits / 8.0);
}

} // namespace

int main(int argc, char** argv) {
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
    if (!graft::cuda_available()) {
        std::fprintf(stderr, "skipped: there is no GPU that CUDA can use\n");
        return bench::small() ? 0 : 1;
    }
    const double limit = memory_limit();
    benchmark::AddCustomContext("memory limit, GB/s", std::to_string(limit / 1e9));
    bench::add_all<graft::cuda>({.interactions = 1U << 22U,
                                 .batches = {1024, 8192, 65536},
                                 .threads = {1},
                                 .copies = 1,
                                 .memory_limit = limit});
    benchmark::RunSpecifiedBenchmarks();
    benchmark::Shutdown();
}
