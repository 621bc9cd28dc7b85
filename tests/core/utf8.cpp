#include <string>

#include <doctest/doctest.h>

#include <graft/core/detail/utf8.hpp>

using graft::detail::is_utf8;
using graft::detail::quote;
using graft::detail::replace_invalid_utf8;

TEST_CASE("UTF-8 is told from what is not") {
    for (const auto* text :
         {"", "abc", "\xc3\xa9", "\xe6\x9d\xb1", "\xf0\x9f\x98\x80", "\xed\x9f\xbf", "\xf4\x8f\xbf\xbf"})
        CHECK(is_utf8(text));
    for (const auto* text : {"\x80", "\xc0\xaf", "\xc3", "\xe0\x80\xaf", "\xed\xa0\x80", "\xf0\x80\x80\x80",
                             "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "\xe6\x9d", "\xc3\x28"})
        CHECK_FALSE(is_utf8(text));
}

TEST_CASE("each broken character is replaced by one mark, as the Unicode Standard recommends") {
    const std::string mark = "\xef\xbf\xbd";
    CHECK(replace_invalid_utf8("a\xc3\xa9z") == "a\xc3\xa9z");
    CHECK(replace_invalid_utf8("a\xffz") == "a" + mark + "z");
    CHECK(replace_invalid_utf8("\xe6\x9d") == mark);
    CHECK(replace_invalid_utf8("\xe6\x9dz") == mark + "z");
    CHECK(replace_invalid_utf8("\xed\xa0\x80") == mark + mark + mark);
}

TEST_CASE("pieces of files are quoted so that they can be shown") {
    CHECK(quote("caf\xc3\xa9") == "'caf\xc3\xa9'");
    CHECK(quote("a\tb\xff") == "'a\\x09b\\xff'");
    CHECK(quote(std::string(100, 'x')) == "'" + std::string(60, 'x') + "...'");
}
