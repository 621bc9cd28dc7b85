#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include <graft/data/detail/records.hpp>

using graft::detail::find_separator;
using graft::detail::record_reader;

namespace {

using record = std::vector<std::string>;

std::vector<record> records_of(std::string_view text, const std::string& separator) {
    record_reader reader(text, "f", separator);
    std::vector<record> all;
    while (reader.next()) all.emplace_back(reader.fields().begin(), reader.fields().end());
    return all;
}

std::string failure(std::string_view text, const std::string& separator) {
    try {
        static_cast<void>(records_of(text, separator));
    } catch (const graft::format_error& error) { return error.what(); }
    return "nothing was thrown";
}

} // namespace

TEST_CASE("fields lie between separators, without the blanks around them") {
    CHECK(records_of("a,b\r\n c , ,d\n", ",") == std::vector<record>{{"a", "b"}, {"c", "", "d"}});
    CHECK(records_of("a::b:c::d", "::") == std::vector<record>{{"a", "b:c", "d"}});
    CHECK(records_of("a\t\tb\n", "\t") == std::vector<record>{{"a", "", "b"}});
    CHECK(records_of("a,\n", ",") == std::vector<record>{{"a", ""}});
    CHECK(records_of("", ",").empty());
}

TEST_CASE("blank lines are no records, but count as lines") {
    record_reader reader("\n \t\r\na,1\n\nb,2\n", "f", ",");
    REQUIRE(reader.next());
    CHECK(reader.line() == 3);
    REQUIRE(reader.next());
    CHECK(reader.line() == 5);
    CHECK_FALSE(reader.next());
}

TEST_CASE("quoted fields hold separators, line ends and doubled quotes (RFC 4180)") {
    record_reader reader("\"a,b\",  \"say \"\"hi\"\"\" \n\"two\nlines\",\"\"\nlast,\"\"\"\"\n", "f", ",");
    REQUIRE(reader.next());
    CHECK(reader.fields() == std::vector<std::string_view>{"a,b", "say \"hi\""});
    REQUIRE(reader.next());
    CHECK(reader.fields() == std::vector<std::string_view>{"two\nlines", ""});
    CHECK(reader.line() == 2);
    REQUIRE(reader.next());
    CHECK(reader.fields() == std::vector<std::string_view>{"last", "\""});
    CHECK(reader.line() == 4);
}

TEST_CASE("with a bar or several characters between fields, quotes are characters as others") {
    CHECK(records_of("\"a|b\"\n", "|") == std::vector<record>{{"\"a", "b\""}});
    CHECK(records_of("\"a::b\n", "::") == std::vector<record>{{"\"a", "b"}});
}

TEST_CASE("a broken quote is refused where it is opened or ends") {
    CHECK(failure("a,b\nc,\"d\n\ne", ",") == "f:2: a quote is opened here and never closed");
    CHECK(failure("a\n\"b\" c,d", ",") ==
          "f:2: text follows a closing quote; a quote inside a quoted field is written twice");
}

TEST_CASE("the separator is a tab or '::', else the most frequent of three outside quotes") {
    const auto found = [](std::string_view text) { return find_separator(text, "f", ".separator"); };
    CHECK(found("a,b\tc,d,e\n") == "\t");
    CHECK(found("1::2::3,4,5,6") == "::");
    CHECK(found("\n\na;b;c,d\n,,,,") == ";");
    CHECK(found("\"a;b;c\",d") == ",");
    CHECK(found("a|b|c") == "|");
    CHECK(found("abc\nd,e").empty());
    CHECK(found(" \n").empty());
    CHECK_THROWS_WITH_AS((void)found("a,b;c"),
                         "f:1: ',' and ';' could both be the separator; name it with .separator",
                         graft::format_error);
}

TEST_CASE("quotes and line ends separate nothing") {
    graft::detail::check_separator("read", "::");
    for (const auto* separator : {"\"", "\n", ",\r"})
        CHECK_THROWS_WITH_AS(graft::detail::check_separator("read", separator),
                             "read: a separator must not contain quotes or line ends", graft::argument_error);
}

TEST_CASE("blanks that separate are fields, each looked at once") {
    CHECK(records_of("a b  \"c d\"\n", " ") == std::vector<record>{{"a", "b", "", "c d"}});
    // As many lines as would take minutes if each blank were looked at once for each before it.
    std::string line = "u"; // one after the other: GCC 12 takes + for a write beyond a string's end
    line.append(60'000, ' ').append("i\n");
    std::string text;
    for (int i = 0; i < 50; ++i) text += line;
    record_reader reader(text, "f", " ");
    std::size_t fields = 0;
    while (reader.next()) fields += reader.fields().size();
    CHECK(fields == 50 * 60'001);
}

TEST_CASE("a line of more fields than any table has is refused") {
    CHECK(failure("a,b\n" + std::string(65'536, ',') + "\n", ",") ==
          "f:2: the line has more than 65536 fields; is the separator the right one?");
    CHECK(records_of(std::string(65'535, ','), ",")[0].size() == 65'536);
}
