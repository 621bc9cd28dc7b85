#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <graft/io/byte_source.hpp>

#include <support/files.hpp>

using graft::detail::byte_source;

namespace {

/// The content as it is and, where there is zlib, gzipped.
std::vector<std::string> forms_of(const std::string& content) {
    return {content,
#ifdef GRAFT_WITH_ZLIB
            test::gzipped(content)
#endif
    };
}

} // namespace

TEST_CASE("bytes are looked at, skipped and taken in order") {
    for (const auto& file : forms_of("0123456789")) {
        byte_source source(file, "f");
        CHECK(source.file_bytes() == file.size());
        CHECK(source.peek(3) == "012");
        CHECK(source.peek(3) == "012");
        source.skip(2);
        CHECK(source.offset() == 2);
        char taken[5];
        CHECK(source.read(taken, 5) == 5);
        CHECK(std::string(taken, 5) == "23456");
        CHECK(source.offset() == 7);
        CHECK(source.peek(100) == "789");
        CHECK(source.read(taken, 5) == 3);
        CHECK(source.read(taken, 5) == 0);
        CHECK(source.peek(1).empty());
        CHECK(source.progress() == 1.0);
    }
    CHECK(byte_source({}, "f").progress() == 1.0);
}

TEST_CASE("lines come with their end, and the last one may lack it") {
    const std::string longer(10'000, 'x'); // than what is looked at first
    for (const auto& file : forms_of("a\n\n" + longer + "\nz")) {
        byte_source source(file, "f");
        CHECK(source.peek_line() == "a\n");
        CHECK(source.peek_line(2) == "\n");
        CHECK(source.peek_line(3) == longer + "\n");
        source.skip(3 + longer.size() + 1);
        CHECK(source.peek_line() == "z");
        source.skip(1);
        CHECK(source.peek_line().empty());
    }
}

TEST_CASE("a line that never ends is no line") {
    const std::string endless(2 * byte_source::longest_line + 8192, 'x');
    byte_source source(endless, "f");
    CHECK_THROWS_WITH_AS(static_cast<void>(source.peek_line()),
                         "f: byte 0: no line ends within 64 MiB; this is not a text file of vectors",
                         graft::format_error);
}

#ifdef GRAFT_WITH_ZLIB
TEST_CASE("what is inflated can be put back, and all that is left loaded") {
    std::string content;
    for (int i = 0; i < 100'000; ++i) content += std::to_string(i) + " ";
    const auto packed = test::gzipped(content);
    byte_source source(packed, "f");
    CHECK_FALSE(source.in_memory());
    CHECK(source.peek(20) == content.substr(0, 20));
    source.skip(10);
    std::string taken(5, ' ');
    CHECK(source.read(taken.data(), taken.size()) == 5);
    source.unread(std::string_view(taken).substr(2));
    CHECK(source.offset() == 12);
    CHECK(source.peek(8) == content.substr(12, 8));
    source.load();
    CHECK(source.in_memory());
    CHECK(source.offset() == 12);
    CHECK(source.left() == content.size() - 12);
    CHECK(source.peek(content.size()) == content.substr(12));
    source.skip(1);
    CHECK(source.peek(5) == content.substr(13, 5));
}
#else
TEST_CASE("without zlib, a gzipped file is refused with what to do") {
    CHECK_THROWS_WITH_AS(byte_source("\x1f\x8b\x08....", "f"),
                         doctest::Contains("define GRAFT_WITH_ZLIB and link zlib"), graft::format_error);
}
#endif
