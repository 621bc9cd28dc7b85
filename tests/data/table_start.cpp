#include <string>
#include <string_view>

#include <doctest/doctest.h>

#include <graft/core/error.hpp>
#include <graft/data/detail/table_start.hpp>

using graft::detail::byte_source;
using graft::detail::table_form;

namespace {

graft::detail::table_start start(byte_source& source, const graft::table_options& options = {}) {
    return graft::detail::start_table(source, options, "rows", [](std::string_view) { return false; });
}
graft::detail::table_start start(std::string_view text, const graft::table_options& options = {}) {
    byte_source source(text, "f");
    return start(source, options);
}

} // namespace

TEST_CASE("the form of a table is found, and what is before its first record is taken") {
    byte_source source("\xef\xbb\xbf\n% made\n# by hand\n\n1;2\n", "f");
    const auto found = start(source);
    CHECK(found.form == table_form::text);
    CHECK(found.how.separator == ";");
    CHECK(found.lines == 4);
    CHECK(found.comments == 2);
    CHECK(found.blank_lines == 2);
    CHECK(source.peek(3) == "1;2");
    CHECK(start("{\"a\":1}\n").form == table_form::json_lines);
    CHECK(start("{\"a\":1};2\n", {.separator = ";"}).form == table_form::text);
    CHECK(start("17:\n1,2,2005-01-01\n").form == table_form::netflix);
    CHECK(start("a:\n").form == table_form::text);
    CHECK(start("sep=;\na,b;c\n").how.separator == ";");
    CHECK(start("1\n").how.separator == ",");
}

TEST_CASE("quotes follow the separator, or the option") {
    using rule = graft::detail::dialect::quote_rule;
    CHECK(start("1,2\n").how.quotes == rule::record);
    CHECK(start("1\t2\n").how.quotes == rule::field);
    CHECK(start("1 2\n").how.quotes == rule::field);
    CHECK(start("1|2\n").how.quotes == rule::off);
    CHECK(start("1::2\n").how.quotes == rule::off);
    CHECK(start("1|2\n", {.quotes = graft::quotes::on}).how.quotes == rule::record);
    CHECK(start("1,2\n", {.quotes = graft::quotes::off}).how.quotes == rule::off);
}

TEST_CASE("a file without rows is named as that") {
    CHECK_THROWS_WITH_AS(start(""), "f:1: the file is empty; it should hold rows", graft::format_error);
    CHECK_THROWS_WITH_AS(start("# a\n"),
                         "f:1: there are comments and nothing after them; there should be rows",
                         graft::format_error);
}
