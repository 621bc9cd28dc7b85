#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include <graft/vectors/detail/text_rows.hpp>

using graft::detail::count_fields;
using graft::detail::count_numbers;
using graft::detail::parsed_block;
using graft::detail::text_row_parser;

namespace {

/// Parses lines of rows of two numbers.
parsed_block parse(const std::string& lines, const graft::read_options& options = {}) {
    static std::string text; // words lie in it
    text = lines + std::string(graft::detail::float_text_padding, '\n');
    graft::detail::text_block block;
    block.lines = std::string_view(text).substr(0, lines.size());
    const graft::detail::word_filter filter(options);
    parsed_block parsed;
    text_row_parser(2, false, filter, options).parse(block, parsed);
    return parsed;
}

} // namespace

TEST_CASE("a field is a number if all of it is") {
    float value = 0;
    CHECK(graft::detail::parse_field("-2.5e1", value));
    CHECK(value == -25);
    for (const auto* field : {"", "1x", "x1", "0x10", "1 2", "1,5", "--1", "+-1"})
        CHECK_FALSE(graft::detail::parse_field(field, value));
}

TEST_CASE("numbers are counted from the end of a line, and one field is left for the word") {
    CHECK(count_numbers("word 1 2 3 \r\n") == 3);
    CHECK(count_numbers("7 8 9") == 2);
    CHECK(count_numbers("a 1 b 2") == 1);
    CHECK(count_numbers("word\n") == 0);
    CHECK(count_numbers("") == 0);
    CHECK(count_fields("  a  b c \n") == 3);
    CHECK(count_fields("\n") == 0);
}

TEST_CASE("a block's rows, blank lines and lines are counted, and numbers lie row after row") {
    const auto parsed = parse("a 1 2\n\nnew york  3   4 \r\n <unk> 5 6\n");
    REQUIRE(parsed.rows.size() == 3);
    CHECK(parsed.rows[1].word == "new york");
    CHECK(parsed.rows[1].line == 2);
    CHECK(std::vector<float>(parsed.numbers.get(), parsed.numbers.get() + 6) ==
          std::vector<float>{1, 2, 3, 4, 5, 6});
    CHECK(parsed.lines == 4);
    CHECK(parsed.blank == 1);
    CHECK(parsed.read == 3);
    CHECK_FALSE(parsed.last_is_unk); // it does not start its line
    CHECK(parse("a 1 2\n<unk> 5 6\n\n").last_is_unk);
    CHECK(parsed.failed_what.empty());
}

TEST_CASE("a block ends at the first line that is wrong") {
    const auto parsed = parse("a 1 2\nb 1\nc x y\n");
    CHECK(parsed.rows.size() == 1);
    CHECK(parsed.failed_line == 1);
    CHECK(parsed.failed_what.find("the row of 'b' has 1 numbers, but rows here have 2") == 0);
}

TEST_CASE("the numbers of unwanted rows are not looked at") {
    const auto parsed = parse("b x y\na 1 2\na b 1 2\n", {.wanted = std::vector<std::string>{"a"}});
    REQUIRE(parsed.rows.size() == 1);
    CHECK(parsed.rows[0].word == "a");
    CHECK(parsed.read == 3);
    CHECK(parsed.unwanted == 2);
    CHECK(parsed.failed_what.empty());
}
