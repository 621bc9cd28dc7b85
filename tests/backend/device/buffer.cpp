#include <cstddef>
#include <new>
#include <utility>

#include <doctest/doctest.h>

#include <graft/backend/device/buffer.hpp>

namespace {

struct counting {
    static inline int held = 0;
    static inline std::size_t last_bytes = 0;
    static void* allocate(std::size_t bytes) {
        ++held;
        last_bytes = bytes;
        return ::operator new(bytes);
    }
    static void deallocate(void* memory) noexcept {
        --held;
        ::operator delete(memory);
    }
};
using buffer = graft::detail::buffer<double, counting>;

} // namespace

TEST_CASE("a buffer takes new memory only where it must grow, and gives all of it back") {
    {
        buffer b(10);
        CHECK(counting::last_bytes == 10 * sizeof(double));
        double* const first = b.data();
        b.reserve(7);
        CHECK(b.data() == first);
        CHECK(b.capacity() == 10);
        b.reserve(11);
        CHECK(b.capacity() == 11);
        CHECK(counting::held == 1);
        b.release();
        CHECK(b.data() == nullptr);
        CHECK(b.capacity() == 0);
        CHECK(counting::held == 0);
        b.reserve(3);
    }
    CHECK(counting::held == 0);
}

TEST_CASE("a buffer that is moved from holds no memory twice") {
    {
        buffer one(10);
        double* const data = one.data();
        buffer two = std::move(one);
        CHECK(two.data() == data);
        CHECK(one.data() == nullptr); // NOLINT(bugprone-use-after-move)
        buffer three(5);
        three = std::move(two);
        CHECK(three.data() == data);
        CHECK(three.capacity() == 10);
    }
    CHECK(counting::held == 0);
}
