#include <string>
#include <string_view>

#include <doctest/doctest.h>

#include <graft/data/detail/checked_text.hpp>

using namespace std::string_view_literals;

TEST_CASE("text is text, without its byte order mark") {
    CHECK(graft::detail::checked_text("a,1\n", "f", "ratings") == "a,1\n");
    CHECK(graft::detail::checked_text("\xef\xbb\xbf"
                                      "a",
                                      "f", "ratings") == "a");
}

TEST_CASE("what is no text, or holds none, is named") {
    const auto failure = [](std::string_view text) -> std::string {
        try {
            static_cast<void>(graft::detail::checked_text(text, "f", "ratings"));
        } catch (const graft::format_error& error) { return error.what(); }
        return "nothing was thrown";
    };
    CHECK(failure("\x1f\x8b\x08") == "f: byte 0: the file is gzipped; unpack it first (gunzip)");
    CHECK(failure("PK\x03\x04") == "f: byte 0: the file is a zip archive; unpack it first (unzip)");
    CHECK(failure("\xff\xfe"
                  "a\0"sv) == "f: byte 0: the text is UTF-16; save it as UTF-8");
    CHECK(failure("ab\0c"sv) == "f: byte 2: a zero byte: this is no text, so it holds no ratings");
    CHECK(failure(" \r\n") == "f:1: the file is empty; it should hold ratings");
    CHECK(failure("\n <html>") == "f:1: the file is a web page (HTML or XML); it should hold ratings");
}
