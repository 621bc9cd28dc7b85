#include <string>
#include <string_view>

#include <doctest/doctest.h>

#include <graft/io/file_kind.hpp>

using namespace std::string_view_literals;
using graft::detail::looks_binary;
using graft::detail::wrong_file;

TEST_CASE("files that hold no vectors are told by their first bytes") {
    CHECK(wrong_file("\x1f\x8b..").find("gzip file inside a gzip file") != std::string_view::npos);
    CHECK(wrong_file("\xfe\xff\0a"sv).find("UTF-16") != std::string_view::npos);
    for (const auto protocol : {"\x80\x02", "\x80\x03", "\x80\x04", "\x80\x05"})
        CHECK(wrong_file(protocol).find("Python pickle") != std::string_view::npos);
    for (const auto page : {"<!doctype html>", "\r\n\t <!DOCTYPE", "<HTML>", "<?xml version"})
        CHECK(wrong_file(page).find("web page") != std::string_view::npos);
    for (const auto vectors : {"", "  ", "the 0.1 0.2\n", "<unk> 0.1\n", "< 1\n", "\x80\x06", "P 1\n"})
        CHECK(wrong_file(vectors).empty());
}

TEST_CASE("bytes that text does not have make a file binary, a character that is cut at the end does not") {
    CHECK_FALSE(looks_binary(""));
    CHECK_FALSE(looks_binary("a\tb\r\n\xc3\xa9\xe6\x9d\xb1"));
    CHECK_FALSE(looks_binary("abc\xe6\x9d"));
    CHECK(looks_binary("\xe6\x9d"
                       "abc"));
    CHECK(looks_binary("a\0b"sv));
    CHECK(looks_binary("a\x1b"));
    CHECK(looks_binary("\xff...."));
}

TEST_CASE("at the end of a file no character is cut") {
    using graft::detail::looks_binary;
    CHECK_FALSE(looks_binary("ab\xc3", true));
    CHECK(looks_binary("ab\xc3", false));
    CHECK_FALSE(looks_binary("ab\xc3\xb6", false));
}
