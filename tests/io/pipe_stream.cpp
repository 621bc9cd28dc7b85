#include <limits>
#include <string>

#include <doctest/doctest.h>

#include <graft/io/pipe_stream.hpp>

#ifdef GRAFT_DETAIL_HAS_MMAP
using graft::detail::file_descriptor;
using graft::detail::pipe_stream;

TEST_CASE("a pipe gives what is written into it, and fewer bytes only at its end") {
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    pipe_stream stream(file_descriptor(ends[0]), "p");
    {
        const file_descriptor in(ends[1]);
        REQUIRE(::write(in.number(), "abcdef", 6) == 6);
        char two[2];
        CHECK(stream.read(two, 2) == 2);
        CHECK(std::string(two, 2) == "ab");
        CHECK(stream.progress() == 0.5);
        CHECK(stream.most_left() == (std::numeric_limits<std::size_t>::max)());
    }
    char rest[9];
    CHECK(stream.read(rest, 9) == 4);
    CHECK(std::string(rest, 4) == "cdef");
    CHECK(stream.read(rest, 9) == 0);
}

TEST_CASE("a pipe that cannot be read is named") {
    pipe_stream closed(file_descriptor(-1), "p");
    char byte = 0;
    CHECK_THROWS_WITH_AS(closed.read(&byte, 1), doctest::Contains("p: cannot be read: "), graft::io_error);
}
#endif
