#include <cerrno>
#include <new>
#include <thrust/system_error.h>

#include <doctest/doctest.h>

#include <graft/backend/device/host_system.hpp>
#include <graft/backend/device/run_thrust.hpp>

TEST_CASE("what Thrust throws ends as an error of the device, and its own errors stay as they are") {
    using graft::cpp_system;
    cpp_system::stream stream;
    bool called = false;
    graft::detail::run_thrust<cpp_system>(stream, [&](auto&) { called = true; });
    CHECK(called);
    const auto run = [&](const auto& failure) {
        graft::detail::run_thrust<cpp_system>(stream, [&](auto&) { throw failure; });
    };
    CHECK_THROWS_WITH_AS(run(thrust::system_error(EIO, thrust::generic_category(), "a sort")),
                         "Thrust on one thread: Thrust: a sort: Input/output error", graft::error);
    CHECK_THROWS_WITH_AS(run(std::bad_alloc()), "Thrust on one thread: Thrust: std::bad_alloc", graft::error);
    CHECK_THROWS_WITH_AS(run(graft::error("cuda: no memory")), "cuda: no memory", graft::error);
}
