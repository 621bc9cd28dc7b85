#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include <graft/data/detail/records.hpp>

using graft::quotes;
using graft::detail::dialect;
using graft::detail::record_reader;
using graft::detail::row_failure;

namespace {

using record = std::vector<std::string>;

dialect between(const std::string& separator, quotes wanted = quotes::detect) {
    return {separator, graft::detail::quote_rule_of(separator, wanted)};
}

record fields_of(const record_reader& reader) { return {reader.fields().begin(), reader.fields().end()}; }
std::vector<record> records_of(std::string_view text, const dialect& how) {
    record_reader reader(text, how);
    std::vector<record> all;
    while (reader.next()) all.push_back(fields_of(reader));
    return all;
}
std::vector<record> records_of(std::string_view text, const std::string& separator) {
    return records_of(text, between(separator));
}

std::string failure(std::string_view text, const std::string& separator) {
    try {
        static_cast<void>(records_of(text, separator));
    } catch (const row_failure& failure) { return graft::detail::message(failure.line, ": ", failure.what); }
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
    const auto how = between(",");
    record_reader reader("\n \t\r\na,1\n\nb,2\n", how);
    REQUIRE(reader.next());
    CHECK(reader.line() == 3);
    REQUIRE(reader.next());
    CHECK(reader.line() == 5);
    CHECK_FALSE(reader.next());
}

TEST_CASE("quoted fields hold separators, line ends and doubled quotes (RFC 4180)") {
    const auto how = between(",");
    record_reader reader("\"a,b\",  \"say \"\"hi\"\"\" \n\"two\nlines\",\"\"\nlast,\"\"\"\"\n", how);
    REQUIRE(reader.next());
    CHECK(fields_of(reader) == record{"a,b", "say \"hi\""});
    REQUIRE(reader.next());
    CHECK(fields_of(reader) == record{"two\nlines", ""});
    CHECK(reader.line() == 2);
    REQUIRE(reader.next());
    CHECK(fields_of(reader) == record{"last", "\""});
    CHECK(reader.line() == 4);
}

TEST_CASE("with a bar or several characters between fields, quotes are characters as others") {
    CHECK(records_of("\"a|b\"\n", "|") == std::vector<record>{{"\"a", "b\""}});
    CHECK(records_of("\"a::b\n", "::") == std::vector<record>{{"\"a", "b"}});
}

TEST_CASE("a broken quote is refused where it is opened or ends, and reading goes on below") {
    CHECK(
        failure("a,b\nc,\"d\n\ne", ",") ==
        "2: a quote is opened here and never closed; if quotes are characters as others in this file, choose "
        ".quotes = graft::quotes::off");
    CHECK(failure("a\n\"b\" c,d", ",").starts_with("2: text follows a closing quote; a quote inside"));
    const auto how = between(",");
    record_reader reader("a,\"b\nc,d\ne,\"f\" g\nh,i\n", how);
    CHECK_THROWS_AS(reader.next(), row_failure);
    REQUIRE(reader.next());
    CHECK(fields_of(reader) == record{"c", "d"});
    CHECK_THROWS_AS(reader.next(), row_failure);
    REQUIRE(reader.next());
    CHECK(reader.line() == 4);
    CHECK_FALSE(reader.next());
}

TEST_CASE("between tabs and blanks a quote is syntax where it encloses a field on its line") {
    CHECK(records_of("1\t\"half a quote\n2\tfits a 24\"\n3\t\"Odd Al\" Smith\n4\t\"in \"\"it\"\"\" \t5\n",
                     "\t") == std::vector<record>{{"1", "\"half a quote"},
                                                  {"2", "fits a 24\""},
                                                  {"3", "\"Odd Al\" Smith"},
                                                  {"4", "in \"it\"", "5"}});
    CHECK(records_of("1 \"a b\" \"c\nd\"", " ") == std::vector<record>{{"1", "a b", "\"c"}, {"d\""}});
}

TEST_CASE("quotes are characters where they are turned off, and syntax where they are turned on") {
    CHECK(records_of("\"a,b\"\n", between(",", quotes::off)) == std::vector<record>{{"\"a", "b\""}});
    CHECK(records_of("\"a|b\"\n", between("|", quotes::on)) == std::vector<record>{{"a|b"}});
    CHECK(records_of("\"a\n\tb\"\n", between("\t", quotes::on)) == std::vector<record>{{"a\n\tb"}});
}

TEST_CASE("a quote after a backslash is one of the field, unless the field ends there") {
    CHECK(records_of("\"The \\\"Quiet\\\" House; A\";\"x\"\n", ";") ==
          std::vector<record>{{"The \"Quiet\" House; A", "x"}});
    CHECK(records_of("\"a \\\"b\\\"; c\";2\n", ";") == std::vector<record>{{"a \"b\"; c", "2"}});
    CHECK(records_of("\"say \\\"hi\\\"\";2\n", ";") == std::vector<record>{{"say \"hi\"", "2"}});
    CHECK(records_of("\"C:\\\";\"D:\\\"\n", ";") == std::vector<record>{{"C:\\", "D:\\"}});
    CHECK(records_of("\"path\\\"\"x\"\n", ",") == std::vector<record>{{"path\\\"x"}});
}

TEST_CASE("a line that starts with a comment's character is no record") {
    auto how = between(",");
    how.comments = "#%";
    record_reader reader("#a,b\n1,2\n % 3\n%\n#", how);
    REQUIRE(reader.next());
    CHECK(reader.line() == 2);
    REQUIRE(reader.next());
    CHECK(fields_of(reader) == record{"% 3"});
    CHECK_FALSE(reader.next());
    CHECK(reader.comments() == 3);
    CHECK(reader.lines() == 4);
}

TEST_CASE("any number of blanks and tabs separates once, each looked at once") {
    CHECK(records_of("a b  \"c d\"\n \te\t f \n", " ") == std::vector<record>{{"a", "b", "c d"}, {"e", "f"}});
    // As many lines as would take minutes if each blank were looked at once for each before it.
    std::string line = "u"; // one after the other: GCC 12 takes + for a write beyond a string's end
    line.append(60'000, ' ').append("i\n");
    std::string text;
    for (int i = 0; i < 50; ++i) text += line;
    const auto how = between(" ");
    record_reader reader(text, how);
    std::size_t fields = 0;
    while (reader.next()) fields += reader.fields().size();
    CHECK(fields == 100);
}

TEST_CASE("a line of more fields than any table has is refused") {
    std::string wide = "a,b\n"; // one after the other, as above
    wide.append(65'536, ',').append("\n");
    CHECK(failure(wide, ",") == "2: the line has more than 65536 fields; is the separator the right one?");
    CHECK(records_of(std::string(65'535, ','), ",")[0].size() == 65'536);
}

TEST_CASE("a line inside a quoted field that reads as a row is found") {
    const auto how = between(",");
    const auto found = [&](std::string_view text) {
        record_reader reader(text, how);
        REQUIRE(reader.next());
        return graft::detail::row_within(reader, how, [](const auto& fields) { return fields.size() == 2; });
    };
    CHECK(found("1,\"a\n2,b\n3,c\"\n") == 2U);
    CHECK(found("1,\"a\n\n3,c\"\n") == 3U);
    CHECK_FALSE(found("1,\"a\nb\"\n"));
    CHECK_FALSE(found("1,\"a\"\n2,b\n"));
}
