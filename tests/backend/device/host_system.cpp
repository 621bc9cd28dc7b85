#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <graft/backend/device/host_system.hpp>

using graft::cpp_system;

TEST_CASE("memory of a host system begins at a cache line") {
    for (const std::size_t bytes : {1U, 100U, 5000U}) {
        void* const memory = cpp_system::memory::allocate(bytes);
        CHECK(reinterpret_cast<std::uintptr_t>(memory) % 64 == 0);
        cpp_system::memory::deallocate(memory);
    }
}

TEST_CASE("rows are copied from one pitch to another, and what lies between them stays") {
    cpp_system::stream stream;
    const std::string from = "abc-def-ghi-";
    std::string to = "..........";
    stream.copy_rows(to.data(), 3, from.data(), 4, 2, 3);
    CHECK(to == "ab.de.gh..");
    stream.copy(to.data() + 8, from.data(), 1);
    CHECK(to == "ab.de.gha.");
    stream.clear(to.data(), 2);
    CHECK(to == std::string(2, '\0') + ".de.gha.");
}

TEST_CASE("what has no bytes is not touched") {
    cpp_system::stream stream;
    stream.copy(nullptr, nullptr, 0);
    stream.copy_rows(nullptr, 0, nullptr, 0, 0, 3);
    stream.clear(nullptr, 0);
}

TEST_CASE("a task is done once for each row, by one lane") {
    std::vector<int> met(1000, 0);
    cpp_system::stream stream;
    stream.launch(met.size(), [&](std::size_t row, const auto& lanes) {
        met[row] += static_cast<int>(lanes.count + lanes.index());
    });
    CHECK(met == std::vector<int>(1000, 1));
}
