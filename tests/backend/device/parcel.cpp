#include <cstdint>
#include <span>
#include <tuple>
#include <vector>

#include <doctest/doctest.h>

#include <graft/backend/device/host_system.hpp>
#include <graft/backend/device/parcel.hpp>

using graft::cpp_system;

TEST_CASE("pieces of several types arrive in one parcel, each at a multiple of 16 bytes") {
    cpp_system::stream copies;
    cpp_system::stream work;
    graft::detail::parcel<cpp_system> parcel;
    std::vector<char> letters{'a', 'b', 'c'};
    const std::vector<double> values{1.5, 2.5, 3.5};
    const std::vector<std::uint32_t> none;
    const std::vector<std::uint32_t> ids{7};
    const auto [there, values_there, none_there, ids_there] = parcel.send(
        copies, work, std::span<const char>(letters), std::span(values), std::span(none), std::span(ids));
    letters.assign(3, 'x'); // the parcel has its own
    CHECK(std::vector<char>(there, there + 3) == std::vector<char>{'a', 'b', 'c'});
    CHECK(std::vector<double>(values_there, values_there + 3) == values);
    CHECK(none_there == nullptr);
    CHECK(*ids_there == 7);
    CHECK(reinterpret_cast<std::uintptr_t>(values_there) % 16 == 0);
    CHECK(reinterpret_cast<std::uintptr_t>(ids_there) % 16 == 0);
    parcel.record_use(work);
}

TEST_CASE("a parcel is filled again only after the work with what it held") {
    static std::vector<const char*> calls;
    struct system : cpp_system {
        struct event {
            void wait() { calls.push_back("wait"); }
        };
        struct stream : cpp_system::stream {
            void copy(void* to, const void* from, std::size_t bytes) {
                calls.push_back("copy");
                cpp_system::stream::copy(to, from, bytes);
            }
            void record(event&) { calls.push_back("record"); }
            void wait_for(const event&) { calls.push_back("wait for"); }
        };
    };
    system::stream copies;
    system::stream work;
    graft::detail::parcel<system> parcel;
    const std::vector<int> piece{1, 2};
    (void)parcel.send(copies, work, std::span(piece));
    parcel.record_use(work);
    (void)parcel.send(copies, work, std::span(piece));
    CHECK(calls == std::vector<const char*>{"wait", "copy", "record", "wait for", "record", "wait", "copy",
                                            "record", "wait for"});
}
