#include <bit>
#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>

#include <doctest/doctest.h>

#include <graft/core/random.hpp>
#include <graft/data/detail/field_values.hpp>

using graft::detail::missing_words;
using graft::detail::parse_iso_date;
using graft::detail::parse_time;
using graft::detail::value_parser;

namespace {

/// The value of a field, or what is wrong with it.
std::string value_of(std::string_view field, const graft::table_options& options = {}) {
    const missing_words missing(options.missing_words);
    const value_parser parser(options, missing);
    float value = 0;
    if (parser.parse(field, value)) return std::to_string(value).substr(0, 6);
    const auto fault = parser.fault(field);
    return (fault.missing ? "missing: " : "") + fault.what;
}

} // namespace

TEST_CASE("a value is a finite float, with a plus or a decimal comma where one is allowed") {
    for (const auto* five : {"5", "5.0", "+5", "5.00", "0.5e1", "05"}) CHECK(value_of(five) == "5.0000");
    for (int tenths = 0; tenths < 100; ++tenths) { // read by a shorter way
        const auto text = std::to_string(tenths / 10) + "." + std::to_string(tenths % 10);
        const missing_words missing({});
        float value = 0;
        CHECK(value_parser({}, missing).parse(text, value));
        CHECK(value == std::stof(text));
    }
    CHECK(value_of("3,5", {.decimal_comma = true}) == "3.5000");
    CHECK(value_of("3.5", {.decimal_comma = true}) == "3.5000");
    CHECK(value_of("1.000,5", {.decimal_comma = true}) == "the rating '1.000,5' is not a number");
    CHECK(value_of("3,5") == "the rating '3,5' has a decimal comma; choose .decimal_comma = true");
    CHECK(value_of("1,000,000") == "the rating '1,000,000' is not a number");
    CHECK(value_of("1e99") == "the rating '1e99' is out of the range of float");
    CHECK(value_of("inf") == "the rating 'inf' is not finite");
    for (const auto* wrong : {"+-5", "5 stars", "a", ".", "5.a", "/.5"})
        CHECK(value_of(wrong) == "the rating '" + std::string(wrong) + "' is not a number");
}

TEST_CASE("texts that stand for something missing are known, or given") {
    CHECK(value_of("") == "missing: the rating is missing");
    for (const auto* none : {"NaN", "nan", "NULL", "null", "None", "NA", "N/A", "#N/A", "<NA>", "\\N"})
        CHECK(value_of(none).starts_with("missing: "));
    CHECK(value_of("-", {.missing_words = {{"-"}}}).starts_with("missing: "));
    CHECK(value_of("NA", {.missing_words = {{"-"}}}) == "the rating 'NA' is not a number");
    const missing_words usual({});
    for (const auto* none : {"", "NaN", "nan", "NULL", "\\N"}) CHECK(usual.missing_id(none));
    for (const auto* id : {"NA", "None", "null", "N", "\\", "nano"}) CHECK_FALSE(usual.missing_id(id));
    CHECK(missing_words({{"x", ""}}).missing_id("x"));
    CHECK_FALSE(missing_words({{"x", ""}}).missing_id("NULL"));
}

TEST_CASE("a date of ISO 8601 is seconds since 1970") {
    CHECK(parse_iso_date("1970-01-01") == 0);
    CHECK(parse_iso_date("2000-03-01") == 951'868'800);
    CHECK(parse_iso_date("2005-04-02 23:53:47") == 1'112'486'027);
    CHECK(parse_iso_date("2005/04/02 23:53") == 1'112'485'980);
    CHECK(parse_iso_date("2005-04-02T23:53:47.999Z") == 1'112'486'027);
    CHECK(parse_iso_date("2005-04-02T23:53:47 UTC") == 1'112'486'027);
    CHECK(parse_iso_date("2005-04-03T01:53:47+02:00") == 1'112'486'027);
    CHECK(parse_iso_date("2005-04-02T18:23:47-0530") == 1'112'486'027);
    CHECK(parse_iso_date("1969-12-31 23:59:59") == -1);
    CHECK(parse_iso_date("0000-01-01") == -62'167'219'200);
    for (const auto* wrong : {"", "2005", "2005-1-1", "2005-00-01", "2005-01-00", "2005-01-32", "1900-02-29",
                              "2005-04-02 ", "2005-04-02 25:00", "2005-04-02 10:60", "2005-04-02T10:00:61",
                              "2005-04-02T10:00+", "2005-04-02x10:00", "2005-04-02 10:00:00.", "05-04-2002"})
        CHECK_FALSE(parse_iso_date(wrong));
}

TEST_CASE("a long number is what its digits say, and nothing else is one") {
    using graft::detail::long_number;
    graft::random_engine engine(3);
    for (int round = 0; round < 20'000; ++round) {
        std::string text(8 + graft::draw_below(engine, 12), '0');
        for (char& c : text) c = static_cast<char>('0' + graft::draw_below(engine, 10));
        std::int64_t expected = 0;
        const auto problem = std::from_chars(text.data(), text.data() + text.size(), expected).ec;
        const bool is_one = std::endian::native == std::endian::little && text.size() <= 18;
        CHECK(long_number(text).has_value() == is_one);
        if (is_one) CHECK(long_number(text) == expected);
        std::int64_t time = 0;
        if (problem == std::errc()) {
            CHECK(parse_time(text, time));
            CHECK(time == expected);
        }
        text[graft::draw_below(engine, text.size())] = "/:-+ .a\xff\x80\0"[graft::draw_below(engine, 10)];
        CHECK_FALSE(long_number(text));
    }
    for (const auto* wrong : {"", "1", "1234567", "-12345678", "1234567890123456789"})
        CHECK_FALSE(long_number(wrong));
}

TEST_CASE("a time is a whole number, one with parts that are cut off, or a date") {
    const auto time_of = [](std::string_view field) {
        std::int64_t time = -7;
        return parse_time(field, time) ? time : -7;
    };
    CHECK(time_of("881250949") == 881'250'949);
    CHECK(time_of("-5") == -5);
    CHECK(time_of("881250949.0") == 881'250'949);
    CHECK(time_of("8.81250949e8") == 881'250'949);
    CHECK(time_of("1.75") == 1);
    CHECK(time_of("1970-01-02") == 86'400);
    for (const auto* wrong : {"", "x", "1e30", "99999999999999999999", "inf", "nan", "5s"})
        CHECK(time_of(wrong) == -7);
}
