#include <cstddef>
#include <cstdint>
#include <new>
#include <utility>

#include <doctest/doctest.h>

#include <graft/backend/cpu/pages.hpp>

using graft::detail::pages;

namespace {

unsigned char* bytes_of(const pages& p) { return static_cast<unsigned char*>(p.data()); }
unsigned char value_at(std::size_t i) { return static_cast<unsigned char>(1 + i % 251); }

} // namespace

TEST_CASE("pages start as zeros, at a cache line") {
    for (const std::size_t bytes : {1U, 4096U, 5'000'000U}) {
        const pages p(bytes);
        CHECK(p.bytes() == bytes);
        CHECK(reinterpret_cast<std::uintptr_t>(p.data()) % 64 == 0);
        std::size_t others = 0;
        for (std::size_t i = 0; i < bytes; ++i) others += bytes_of(p)[i] != 0 ? 1 : 0;
        CHECK(others == 0);
    }
}

TEST_CASE("pages keep what fits when their size changes, and the rest of larger ones is zeros") {
    pages p(100);
    for (std::size_t i = 0; i < 100; ++i) bytes_of(p)[i] = value_at(i);
    std::size_t filled = 100;
    for (const std::size_t bytes :
         {5000U, 5'000'000U, 20'000'000U, 3'000'000U, 70U}) { // small and huge pages
        p.resize(bytes);
        REQUIRE(p.bytes() == bytes);
        std::size_t wrong = 0;
        for (std::size_t i = 0; i < bytes; ++i) {
            wrong += bytes_of(p)[i] != (i < filled ? value_at(i) : 0) ? 1 : 0;
            bytes_of(p)[i] = value_at(i);
        }
        CHECK(wrong == 0);
        filled = bytes;
    }
    p.resize(0);
    CHECK(p.data() == nullptr);
    CHECK(p.bytes() == 0);
}

TEST_CASE("pages are moved to other memory, and back") {
    pages p(100);
    for (std::size_t i = 0; i < 100; ++i) bytes_of(p)[i] = value_at(i);
    const auto right = [&](std::size_t filled) {
        std::size_t wrong = 0;
        for (std::size_t i = 0; i < p.bytes(); ++i)
            wrong += bytes_of(p)[i] != (i < filled ? value_at(i) : 0) ? 1 : 0;
        return wrong == 0;
    };
    unsigned char other[100];
    p.move_to(other);
    CHECK(p.data() == other);
    CHECK(p.are_borrowed());
    CHECK(right(100));
    pages moved(std::move(p));
    CHECK(moved.data() == other);
    CHECK(!p.are_borrowed());
    p = std::move(moved);
    p.move_back();
    CHECK(p.data() != other);
    CHECK(!p.are_borrowed());
    CHECK(right(100));
    for (const std::size_t bytes : {150U, 30U, 0U}) {
        pages q(100);
        for (std::size_t i = 0; i < 100; ++i) bytes_of(q)[i] = value_at(i);
        q.move_to(other);
        q.resize(bytes);
        CHECK(!q.are_borrowed());
        CHECK(q.bytes() == bytes);
        CHECK(q.data() != other);
        std::swap(p, q);
        CHECK(right(100));
    }
}

#if defined(__linux__)
TEST_CASE("pages that the system does not give leave those that there are") {
    pages p(10);
    bytes_of(p)[3] = 7;
    void* const before = p.data();
    CHECK_THROWS_AS(p.resize(std::size_t{1} << 60U), std::bad_alloc);
    CHECK(p.data() == before);
    CHECK(p.bytes() == 10);
    CHECK(bytes_of(p)[3] == 7);
}
#endif

TEST_CASE("pages are moved with what they hold") {
    pages p(10);
    bytes_of(p)[3] = 7;
    pages other = std::move(p);
    CHECK(bytes_of(other)[3] == 7);
    pages third(20);
    third = std::move(other);
    CHECK(third.bytes() == 10);
    CHECK(bytes_of(third)[3] == 7);
}
