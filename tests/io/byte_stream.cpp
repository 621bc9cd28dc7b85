#include <type_traits>

#include <doctest/doctest.h>

#include <graft/io/byte_stream.hpp>

TEST_CASE("a stream of bytes has one owner") {
    using graft::detail::byte_stream;
    CHECK(std::has_virtual_destructor_v<byte_stream>);
    CHECK_FALSE(std::is_copy_constructible_v<byte_stream>);
    CHECK_FALSE(std::is_copy_assignable_v<byte_stream>);
}
