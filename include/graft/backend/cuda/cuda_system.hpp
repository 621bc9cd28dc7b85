#pragma once

#if !defined(__CUDACC__)
#error "graft: the CUDA backend is compiled by nvcc; other compilers have graft::cpu"
#endif

#include <algorithm>
#include <cstddef>
#include <cuda_runtime.h>
#include <map>
#include <string>
#include <thrust/system/cuda/execution_policy.h>
#include <utility>

#include <graft/backend/device/lanes.hpp>
#include <graft/core/error.hpp>

namespace graft::inline v0_1 {

/// Whether there is a driver and a GPU that CUDA can use.
[[nodiscard]] inline bool cuda_available() noexcept {
    int count = 0;
    const bool found = cudaGetDeviceCount(&count) == cudaSuccess && count > 0;
    (void)cudaGetLastError(); // else the next call would report it
    return found;
}

namespace detail {

inline void check_cuda(cudaError_t code, const std::string& what) {
    if (code == cudaSuccess) return;
    (void)cudaGetLastError();
    throw error("cuda: " + what + ": " + cudaGetErrorString(code));
}

/// The lanes of a warp; all 32 work on the same row.
struct warp_lanes : lane_group<warp_lanes> {
    static constexpr unsigned count = 32;
    [[nodiscard]] __device__ unsigned index() const { return threadIdx.x % count; }
    template <class T>
    [[nodiscard]] __device__ T shuffle_xor(T x, unsigned mask) const {
        return __shfl_xor_sync(0xffffffffU, x, static_cast<int>(mask));
    }
    __device__ void sync() const { __syncwarp(); }
};

inline constexpr unsigned threads_per_block = 256;

/// The 2 is the least number of blocks per multiprocessor: it allows 128 registers. Without it 64 would be
/// the most, too few for some tasks. `static`: with the same kernel in two shared objects, one might not be
/// found when it is launched.
template <class Task>
__global__ static void __launch_bounds__(threads_per_block, 2)
    rows_kernel(const Task task, std::size_t count) {
    constexpr unsigned warps = threads_per_block / warp_lanes::count;
    take_rows(task, count, std::size_t{blockIdx.x} * warps + threadIdx.x / warp_lanes::count,
              std::size_t{gridDim.x} * warps, warp_lanes{});
}

} // namespace detail

/// A GPU. Its streams do their work in the background; a warp works on a row.
struct cuda_system {
    static constexpr const char* name = "cuda";

    /// Throws graft::error if there is no device.
    static void check() {
        if (!cuda_available()) {
            int count = 0;
            const cudaError_t code = cudaGetDeviceCount(&count);
            (void)cudaGetLastError();
            throw error(std::string("cuda: there is no GPU that can be used (") +
                        (code == cudaSuccess ? "no device" : cudaGetErrorString(code)) +
                        "); install the driver, or name graft::cpu as the backend");
        }
    }

    struct memory {
        static void* allocate(std::size_t bytes) {
            void* memory = nullptr;
            detail::check_cuda(cudaMalloc(&memory, bytes),
                               "the device does not give " + std::to_string(bytes) + " bytes");
            return memory;
        }
        static void deallocate(void* memory) noexcept { (void)cudaFree(memory); }
    };
    /// Pinned, so that copies from it run beside the work of the device.
    struct staging {
        static void* allocate(std::size_t bytes) {
            void* memory = nullptr;
            detail::check_cuda(cudaMallocHost(&memory, bytes), "the system does not give " +
                                                                   std::to_string(bytes) +
                                                                   " bytes of pinned memory");
            return memory;
        }
        static void deallocate(void* memory) noexcept { (void)cudaFreeHost(memory); }
    };

    /// A point in the work of a stream.
    class event {
    public:
        event() {
            detail::check_cuda(cudaEventCreateWithFlags(&event_, cudaEventDisableTiming), "make an event");
        }
        event(const event&) = delete;
        event& operator=(const event&) = delete;
        ~event() { (void)cudaEventDestroy(event_); }
        void wait() { detail::check_cuda(cudaEventSynchronize(event_), "wait for the device"); }

    private:
        friend struct cuda_system;
        cudaEvent_t event_ = nullptr;
    };

    /// Temporary memory for Thrust's algorithms. It is kept for the next one, since cudaMalloc and cudaFree
    /// would wait for the device. It serves a single stream, whose work is done in order.
    class scratch {
    public:
        using value_type = char;
        scratch() = default;
        scratch(const scratch&) = delete;
        scratch& operator=(const scratch&) = delete;
        ~scratch() {
            for (const auto& [size, block] : free_) memory::deallocate(block);
        }
        char* allocate(std::ptrdiff_t bytes) {
            const auto size = static_cast<std::size_t>(bytes);
            const auto fits = free_.lower_bound(size);
            if (fits == free_.end()) {
                char* block = static_cast<char*>(memory::allocate((std::max)(size, std::size_t{1})));
                used_.emplace(block, size);
                return block;
            }
            char* block = fits->second;
            used_.emplace(block, fits->first);
            free_.erase(fits);
            return block;
        }
        void deallocate(char* block, std::size_t) {
            const auto found = used_.find(block);
            free_.emplace(found->second, block);
            used_.erase(found);
        }

    private:
        std::multimap<std::size_t, char*> free_;
        std::map<char*, std::size_t> used_;
    };

    /// A stream: work that is done in order, beside that of other streams.
    class stream {
    public:
        stream() {
            detail::check_cuda(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking), "make a stream");
        }
        stream(const stream&) = delete;
        stream& operator=(const stream&) = delete;
        ~stream() { (void)cudaStreamDestroy(stream_); }

        /// Between any memory of host and device.
        void copy(void* to, const void* from, std::size_t bytes) {
            if (bytes > 0)
                detail::check_cuda(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDefault, stream_), "copy");
        }
        void copy_rows(void* to, std::size_t to_pitch, const void* from, std::size_t from_pitch,
                       std::size_t bytes, std::size_t rows) {
            if (bytes > 0 && rows > 0)
                detail::check_cuda(cudaMemcpy2DAsync(to, to_pitch, from, from_pitch, bytes, rows,
                                                     cudaMemcpyDefault, stream_),
                                   "copy rows");
        }
        void clear(void* memory, std::size_t bytes) {
            if (bytes > 0) detail::check_cuda(cudaMemsetAsync(memory, 0, bytes, stream_), "clear memory");
        }
        void record(event& e) { detail::check_cuda(cudaEventRecord(e.event_, stream_), "record an event"); }
        void wait_for(const event& e) {
            detail::check_cuda(cudaStreamWaitEvent(stream_, e.event_, 0), "wait for an event");
        }
        void wait() { detail::check_cuda(cudaStreamSynchronize(stream_), "wait for the device"); }
        [[nodiscard]] auto policy() { return thrust::cuda::par_nosync(scratch_).on(stream_); }
        /// Results do not depend on the number of blocks.
        template <class Task>
        void launch(std::size_t count, const Task& task, std::size_t most_blocks = std::size_t{1} << 20U) {
            if (count == 0) return;
            constexpr std::size_t rows_per_block = detail::threads_per_block / detail::warp_lanes::count;
            const std::size_t blocks = (std::min)((count + rows_per_block - 1) / rows_per_block, most_blocks);
            detail::rows_kernel<<<static_cast<unsigned>(blocks), detail::threads_per_block, 0, stream_>>>(
                task, count);
            detail::check_cuda(cudaGetLastError(), "start a kernel");
        }

    private:
        cudaStream_t stream_ = nullptr;
        scratch scratch_;
    };
};

} // namespace graft::inline v0_1
