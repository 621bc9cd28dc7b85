#pragma once

#include <cstddef>
#include <cstring>
#include <new>
#include <string>
#include <thrust/for_each.h>
#include <thrust/iterator/counting_iterator.h>
#include <thrust/system/cpp/execution_policy.h>

#include <graft/backend/device/lanes.hpp>
#include <graft/core/error.hpp>

namespace graft::inline v0_1 {

namespace detail {

template <class Task>
struct row_of_one_lane {
    Task task;
    void operator()(std::size_t row) const { task(row, one_lane{}); }
};

} // namespace detail

/// A device_system that is the machine itself: its memory is main memory, and a Thrust system does the work
/// of a stream at once.
template <class Thrust>
struct host_system {
    static constexpr const char* name = Thrust::name;

    /// Throws graft::error if there is no device.
    static void check() {}

    struct memory {
        static void* allocate(std::size_t bytes) {
            try {
                return ::operator new (bytes, std::align_val_t{64});
            } catch (const std::bad_alloc&) {
                throw error(std::string(name) + ": the system does not give " + std::to_string(bytes) +
                            " bytes");
            }
        }
        static void deallocate(void* memory) noexcept { ::operator delete (memory, std::align_val_t{64}); }
    };
    using staging = memory; // memory of the host that copies may run from in the background

    /// A point in the work of a stream.
    struct event {
        void wait() {}
    };

    /// Work that is done in order.
    class stream {
    public:
        void copy(void* to, const void* from, std::size_t bytes) {
            if (bytes > 0) std::memcpy(to, from, bytes);
        }
        /// rows x bytes from one pitch to another.
        void copy_rows(void* to, std::size_t to_pitch, const void* from, std::size_t from_pitch,
                       std::size_t bytes, std::size_t rows) {
            for (std::size_t r = 0; r < rows; ++r)
                copy(static_cast<char*>(to) + r * to_pitch, static_cast<const char*>(from) + r * from_pitch,
                     bytes);
        }
        void clear(void* memory, std::size_t bytes) {
            if (bytes > 0) std::memset(memory, 0, bytes);
        }
        void record(event&) {}
        void wait_for(const event&) {}
        void wait() {}
        /// For Thrust's algorithms.
        [[nodiscard]] auto policy() { return Thrust::policy(); }
        /// task(row, lanes) for each row below count.
        template <class Task>
        void launch(std::size_t count, const Task& task) {
            thrust::for_each_n(policy(), thrust::counting_iterator<std::size_t>(0), count,
                               detail::row_of_one_lane<Task>{task});
        }
    };
};

namespace detail {

struct thrust_cpp {
    static constexpr const char* name = "Thrust on one thread";
    static auto policy() { return thrust::cpp::par; }
};

} // namespace detail

using cpp_system = host_system<detail::thrust_cpp>;

} // namespace graft::inline v0_1
