#pragma once

#include <cerrno>
#include <cstddef>
#include <limits>
#include <thrust/system/cpp/execution_policy.h>
#include <thrust/system_error.h>

#include <graft/backend/device/host_system.hpp>
#include <graft/core/error.hpp>

namespace test {

/// Counts what is asked of it, and refuses some of it.
struct failing_system : graft::cpp_system {
    static constexpr const char* name = "a device that fails";
    static constexpr std::size_t never = std::numeric_limits<std::size_t>::max();
    static inline std::size_t calls = 0;
    static inline std::size_t first_bad = never;
    static inline std::size_t last_bad = never;

    static bool fails() {
        const std::size_t now = calls++;
        return first_bad <= now && now <= last_bad;
    }
    static void call() {
        if (fails()) throw graft::error("cuda: copy: the device has failed");
    }
    static void fail(std::size_t first, std::size_t last) {
        calls = 0;
        first_bad = first;
        last_bad = last;
    }
    static void work() { fail(never, never); }

    struct memory : graft::cpp_system::memory {
        static void* allocate(std::size_t bytes) {
            call();
            return graft::cpp_system::memory::allocate(bytes);
        }
    };
    using staging = memory;
    struct event {
        void wait() { call(); }
    };
    /// Thrust's temporary memory, as a GPU's.
    struct scratch {
        using value_type = char;
        static inline std::size_t used = 0;
        char* allocate(std::ptrdiff_t bytes) {
            ++used;
            return static_cast<char*>(memory::allocate(static_cast<std::size_t>(bytes)));
        }
        void deallocate(char* block, std::size_t) { memory::deallocate(block); }
    };
    class stream : public graft::cpp_system::stream {
        using base = graft::cpp_system::stream;

    public:
        [[nodiscard]] auto policy() {
            if (fails()) throw thrust::system_error(EIO, thrust::generic_category(), "a sort");
            return thrust::cpp::par(scratch_);
        }
        void copy(void* to, const void* from, std::size_t bytes) {
            call();
            base::copy(to, from, bytes);
        }
        void copy_rows(void* to, std::size_t to_pitch, const void* from, std::size_t from_pitch,
                       std::size_t bytes, std::size_t rows) {
            call();
            base::copy_rows(to, to_pitch, from, from_pitch, bytes, rows);
        }
        void clear(void* to, std::size_t bytes) {
            call();
            base::clear(to, bytes);
        }
        void record(event&) { call(); }
        void wait_for(const event&) { call(); }
        void wait() { call(); }
        template <class Task>
        void launch(std::size_t count, const Task& task) {
            call();
            base::launch(count, task);
        }

    private:
        scratch scratch_;
    };
};

} // namespace test
