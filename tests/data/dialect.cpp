#include <string>
#include <string_view>

#include <doctest/doctest.h>

#include <graft/data/detail/dialect.hpp>

TEST_CASE("the separator is a tab or '::', else the most frequent of three outside quotes, else blanks") {
    const auto found = [](std::string_view line) {
        std::string doubt;
        const auto separator =
            graft::detail::find_separator(line, doubt, [](auto name) { return name == "user"; });
        return doubt.empty() ? separator : separator + " or " + doubt;
    };
    CHECK(found("a,b\tc,d,e\n") == "\t");
    CHECK(found("1::2::3,4,5,6") == "::");
    CHECK(found("a;b;c,d") == ";");
    CHECK(found("\"a;b;c\",d") == ",");
    CHECK(found("a|b|c") == "|");
    CHECK(found("1  2 3.5") == " ");
    CHECK(found("user item") == " ");
    CHECK(found("just a line").empty());
    CHECK(found("abc").empty());
    CHECK(found("").empty());
    CHECK(found("a,b;c") == ", or ;");
    CHECK(found("1 2 3,5") == ", or  ");
}

TEST_CASE("quotes and line ends separate nothing, and no comment starts with a blank") {
    graft::detail::check_dialect("read", {.separator = "::", .comments = "#%"});
    for (const auto* separator : {"\"", "\n", ",\r"})
        CHECK_THROWS_WITH_AS(graft::detail::check_dialect("read", {.separator = separator}),
                             "read: a separator must not contain quotes or line ends", graft::argument_error);
    for (const auto* comments : {" ", "#\n", ","})
        CHECK_THROWS_WITH_AS(graft::detail::check_dialect("read", {.separator = ",", .comments = comments}),
                             "read: a comment must not start with a blank, a line end or the separator",
                             graft::argument_error);
}
