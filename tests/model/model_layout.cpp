#include <cstdint>
#include <string>

#include <doctest/doctest.h>

#include <graft/model/detail/model_layout.hpp>

#include <support/files.hpp>

using graft::detail::file_ids;
using test::bytes_of;

namespace {

constexpr std::uint64_t n(std::uint64_t number) { return number; }

} // namespace

TEST_CASE("ids are found by the order that the file brings") {
    const std::string bytes = "bobannjo";
    const auto offsets = bytes_of(n(0), n(3), n(6), n(8));
    const auto order = bytes_of(n(1), n(0), n(2));
    const file_ids ids(bytes, offsets, order);
    CHECK(ids.size() == 3);
    CHECK(ids.fault().empty());
    CHECK(ids.view(0) == "bob");
    CHECK(ids.view(2) == "jo");
    for (std::size_t row = 0; row < 3; ++row) CHECK(ids.find(ids.view(row)) == row);
    for (const char* other : {"", "an", "annn", "eve", "zoe"}) CHECK(ids.find(other) == 3);
    CHECK(file_ids{}.size() == 0);
    CHECK(file_ids{}.find("bob") == 0);
    CHECK(file_ids{}.fault().empty());
}

TEST_CASE("offsets and orders that are wrong are found, and do no harm before they are") {
    const std::string bytes = "bobann";
    const auto good_order = bytes_of(n(1), n(0));
    const auto check = [&](const std::string& offsets, const std::string& order, const char* fault) {
        const file_ids ids(bytes, offsets, order);
        CHECK(ids.fault().find(fault) != std::string::npos);
        for (std::size_t row = 0; row < 2; ++row) CHECK(ids.view(row).size() <= bytes.size());
        for (const char* id : {"ann", "bob", "x"}) CHECK(ids.find(id) <= 2);
    };
    check(bytes_of(n(1), n(3), n(6)), good_order, "do not begin and end");
    check(bytes_of(n(0), n(3), n(7)), good_order, "do not begin and end");
    check(bytes_of(n(0), ~n(0), n(6)), good_order, "an offset after id 1 that is less");
    check(bytes_of(n(0), n(3), n(6)), bytes_of(n(0), n(1)), "not in ascending order at place 1");
    check(bytes_of(n(0), n(3), n(6)), bytes_of(n(1), n(1)), "or one comes twice");
    check(bytes_of(n(0), n(3), n(6)), bytes_of(n(1), ~n(0)), "at place 1");
    check(bytes_of(n(0), n(0), n(6)), bytes_of(n(0), n(2)), "at place 1");
}
