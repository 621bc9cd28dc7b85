// The training steps on a GPU.
#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <cuda_runtime.h>
#include <limits>

#include <graft/cuda.hpp>

#include "step.hpp"

namespace {

/// Bytes per second that the best of some copies within the GPU's memory reads and writes.
double copied_per_second() {
    using graft::detail::check_cuda;
    constexpr std::size_t bytes = std::size_t{1} << 30U;
    const graft::detail::buffer<std::byte, graft::cuda_system::memory> from(bytes), to(bytes);
    graft::cuda_system::stream stream;
    stream.clear(from.data(), bytes);
    stream.wait();
    cudaEvent_t begin{}, end{};
    check_cuda(cudaEventCreate(&begin), "make an event");
    check_cuda(cudaEventCreate(&end), "make an event");
    float best = std::numeric_limits<float>::infinity();
    for (int time = 0; time < 10; ++time) {
        check_cuda(cudaEventRecord(begin), "record an event");
        check_cuda(cudaMemcpyAsync(to.data(), from.data(), bytes, cudaMemcpyDeviceToDevice), "copy");
        check_cuda(cudaEventRecord(end), "record an event");
        check_cuda(cudaEventSynchronize(end), "wait for the device");
        float milliseconds = 0;
        check_cuda(cudaEventElapsedTime(&milliseconds, begin, end), "read the time");
        best = (std::min)(best, milliseconds);
    }
    return 2e3 * static_cast<double>(bytes) / static_cast<double>(best);
}

} // namespace

int main(int argc, char** argv) {
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
    if (!graft::cuda_available()) {
        std::fprintf(stderr, "skipped: there is no GPU that CUDA can use\n");
        return bench::small() ? 0 : 1;
    }
    const double limit = copied_per_second();
    benchmark::AddCustomContext("copied, GB/s", std::to_string(limit / 1e9));
    bench::add_all<graft::cuda>({.interactions = 1U << 22U,
                                 .batches = {1024, 8192, 65536},
                                 .threads = {1},
                                 .copies = 1,
                                 .memory_limit = limit});
    benchmark::RunSpecifiedBenchmarks();
    benchmark::Shutdown();
}
