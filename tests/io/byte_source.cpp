#include <algorithm>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <graft/io/byte_source.hpp>

#include <support/files.hpp>

using graft::detail::byte_source;

TEST_CASE("bytes are looked at, skipped and taken in order") {
    for (const auto& file : test::forms_of("0123456789")) {
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
    CHECK(byte_source(std::string_view(), "f").progress() == 1.0);
}

TEST_CASE("lines come with their end, and the last one may lack it") {
    const std::string longer(10'000, 'x'); // than what is looked at first
    for (const auto& file : test::forms_of("a\n\n" + longer + "\nz")) {
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
    const std::string endless(byte_source::longest_line + 8192, 'x');
    byte_source source(endless, "f");
    CHECK_THROWS_WITH_AS(static_cast<void>(source.peek_line()),
                         "f: byte 0: no line ends within 32 MiB; this is no text file of rows",
                         graft::format_error);
}

#ifdef GRAFT_WITH_ZLIB
TEST_CASE("what is inflated can be put back, and memory grows with what is there") {
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
    CHECK(source.most_left() >= content.size() - 12);
    CHECK(source.most_left() <= 1032 * (packed.size() + (1U << 16U)) + (1U << 17U));
    std::vector<char> rest{'x'};
    CHECK(source.append(rest, 100) == 100);
    CHECK(rest[0] == 'x');
    CHECK(std::string_view(rest.data() + 1, rest.size() - 1) == std::string_view(content).substr(12, 100));
    CHECK(source.skip_all(88) == 88);
    CHECK(source.offset() == 200);
    CHECK(source.append(rest, std::size_t{1} << 60U) == content.size() - 200);
    CHECK(rest.size() == content.size() - 99);
    CHECK(source.skip_all(5) == 0);
}
#else
TEST_CASE("without zlib, a gzipped file is refused with what to do") {
    CHECK_THROWS_WITH_AS(byte_source("\x1f\x8b\x08....", "f"),
                         doctest::Contains("define GRAFT_WITH_ZLIB and link zlib"), graft::format_error);
}
#endif

TEST_CASE("a file of a path is open as long as its source, and one that is written to meanwhile is noticed") {
    for (const auto& form : test::forms_of("0123456789")) {
        const test::temporary_file file("byte_source", form);
        byte_source source(file.path);
        CHECK(source.name() == file.path.string());
        CHECK(source.file_bytes() == form.size());
        CHECK(source.peek(20) == "0123456789");
        source.check_unchanged();
        std::ofstream(file.path, std::ios::app) << "more";
        CHECK_THROWS_WITH_AS(
            source.check_unchanged(),
            (file.path.string() +
             ": the file was written to while it was read; read it again when it is complete")
                .c_str(),
            graft::io_error);
    }
}

TEST_CASE("a stream comes piece by piece, also gzipped") {
    struct pieces final : graft::detail::byte_stream {
        explicit pieces(std::string content) : left(std::move(content)) {}
        std::size_t read(char* to, std::size_t size) override {
            const auto got = (std::min)(size, left.size());
            left.copy(to, got);
            left.erase(0, got);
            return got;
        }
        [[nodiscard]] double progress() const noexcept override { return 0.5; }
        [[nodiscard]] std::size_t most_left() const noexcept override { return left.size(); }
        std::string left;
    };
    std::string content;
    for (int i = 0; i < 100'000; ++i) content += std::to_string(i * 7919) + "\n";
    for (const auto& form : test::forms_of(content)) {
        byte_source source(std::make_unique<pieces>(form), "f");
        CHECK_FALSE(source.in_memory());
        CHECK(source.peek_line() == "0\n");
        CHECK(source.progress() == 0.5);
        std::vector<char> all;
        CHECK(source.append(all, content.size() + 1) == content.size());
        CHECK(std::string(all.begin(), all.end()) == content);
    }
    for (const auto& start : {"", "x"}) // shorter than what tells gzip
        CHECK(byte_source(std::make_unique<pieces>(start), "f").peek(9) == start);
}
