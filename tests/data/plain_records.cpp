#include <random>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <graft/data/detail/dialect.hpp>
#include <graft/data/detail/plain_records.hpp>
#include <graft/data/detail/records.hpp>

using graft::detail::dialect;
using graft::detail::plain_records;
using graft::detail::record_reader;
using graft::detail::row_failure;

namespace {

template <class Records>
std::vector<std::string> fields_of(const Records& records) {
    return {records.fields().begin(), records.fields().end()};
}
template <class Records>
std::vector<std::vector<std::string>> records_of(const std::string& text, const dialect& how) {
    Records records(text, how);
    std::vector<std::vector<std::string>> all;
    while (records.next()) all.push_back(fields_of(records));
    return all;
}

} // namespace

TEST_CASE("plain text is cut as record_reader cuts it") {
    std::mt19937 draw(5);
    for (const std::string separator : {",", ";", "\t", "|", "x"})
        for (int table = 0; table < 300; ++table) {
            const std::string characters =
                separator + separator + "ab\n \t\r\xff#" + char('\n' + 128) + char(',' - 1);
            std::string text;
            for (auto left = draw() % 300; left > 0; --left) text += characters[draw() % characters.size()];
            dialect how{separator};
            if (table % 3 == 0) how.comments = "#b";
            REQUIRE(plain_records::can_read(text, how));
            plain_records plain(text, how);
            record_reader other(text, how);
            while (plain.next()) {
                REQUIRE(other.next());
                CHECK(fields_of(plain) == fields_of(other));
                CHECK(plain.line() == other.line());
                CHECK(plain.lines() == other.lines());
            }
            CHECK_FALSE(other.next());
            CHECK(plain.lines() == other.lines());
            CHECK(plain.blank_lines() == other.blank_lines());
            CHECK(plain.comments() == other.comments());

            text += "end"; // the last line need not end
            const auto ended = text + "\n";
            CHECK(records_of<plain_records>(text, how) == records_of<plain_records>(ended, how));
            CHECK(records_of<record_reader>(text, how) == records_of<record_reader>(ended, how));
        }
}

TEST_CASE("text is plain with one character between fields and no quote that counts") {
    using rule = dialect::quote_rule;
    CHECK(plain_records::can_read("a,b", {","}));
    CHECK_FALSE(plain_records::can_read("a,\"b\"", {","}));
    CHECK(plain_records::can_read("a,\"b\"", {",", rule::off}));
    CHECK_FALSE(plain_records::can_read("a::b", {"::"}));
    CHECK_FALSE(plain_records::can_read("a b", {" "}));
}

TEST_CASE("a plain line of too many fields is refused, and reading goes on below") {
    const dialect how{","};
    const std::string most(graft::detail::most_fields - 1, ',');
    for (const auto& text : {most + "\n" + most + ",\na,b\n", most + "\n" + most + ",,,\na,b\n"}) {
        plain_records plain(text, how);
        record_reader other(text, how);
        REQUIRE(plain.next());
        CHECK(plain.fields().size() == graft::detail::most_fields);
        REQUIRE(other.next());
        CHECK_THROWS_AS(plain.next(), row_failure);
        CHECK_THROWS_AS(other.next(), row_failure);
        REQUIRE(plain.next());
        REQUIRE(other.next());
        CHECK(fields_of(plain) == fields_of(other));
        CHECK(plain.line() == 3);
        CHECK_FALSE(plain.next());
        CHECK(plain.lines() == 3);
    }
    const auto alone = most + ",";
    plain_records plain(alone, how);
    CHECK_THROWS_AS(plain.next(), row_failure);
    CHECK_FALSE(plain.next());
    CHECK(plain.lines() == 0);
}
