#include <doctest/doctest.h>

#include <graft/io/file_place.hpp>

TEST_CASE("a message starts with the file and its line or byte") {
    CHECK_THROWS_WITH_AS(graft::detail::fail_at("a.txt", {true, 7}, "wrong"), "a.txt:7: wrong",
                         graft::format_error);
    CHECK_THROWS_WITH_AS(graft::detail::fail_at("a.bin", {false, 0}, "wrong"), "a.bin: byte 0: wrong",
                         graft::format_error);
}
