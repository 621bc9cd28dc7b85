#include <cstdint>
#include <string>
#include <string_view>

#include <doctest/doctest.h>

#include <graft/core/detail/message.hpp>

TEST_CASE("a message is its texts and whole numbers, one after the other") {
    using graft::detail::message;
    CHECK(message("row ", std::size_t{7}, " of ", std::string("f"), std::string_view(": x"), -3) ==
          "row 7 of f: x-3");
    CHECK(message(std::uint64_t{18446744073709551615U}) == "18446744073709551615");
}
