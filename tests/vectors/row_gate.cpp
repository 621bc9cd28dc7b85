#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include <graft/vectors/detail/row_gate.hpp>

#include <support/files.hpp>

using graft::detail::row_gate;

TEST_CASE("rows are counted as read, and those of other words as unwanted") {
    const graft::read_options options{.wanted = std::vector<std::string>{"a"}};
    graft::read_report report;
    row_gate gate("f", options, report);
    std::string_view a = "a";
    std::string_view b = "b";
    CHECK(gate.wants(a, {}));
    CHECK_FALSE(gate.wants(b, {}));
    CHECK(report.read == 2);
    CHECK(report.unwanted == 1);
}

TEST_CASE("a word that is not UTF-8 passes as it is, mended, or not at all") {
    const std::string_view broken = "caf\xe9";
    graft::read_report report;
    graft::read_options options;
    auto word = broken;
    CHECK(row_gate("f", options, report).wants(word, {}));
    CHECK(word == broken);
    options.invalid_utf8 = graft::on_invalid_utf8::replace;
    options.wanted = {"caf\xef\xbf\xbd"}; // what it is mended to
    row_gate mending("f", options, report);
    CHECK(mending.wants(word, {}));
    CHECK(word == "caf\xef\xbf\xbd");
    CHECK(report.invalid_utf8 == 1);
    options.invalid_utf8 = graft::on_invalid_utf8::error;
    word = broken;
    CHECK_THROWS_WITH_AS(static_cast<void>(row_gate("f", options, report).wants(word, {false, 9})),
                         "f: byte 9: the word 'caf\\xe9' is not UTF-8; read with .invalid_utf8 = "
                         "on_invalid_utf8::keep or ::replace",
                         graft::format_error);
}

TEST_CASE("a row that is not finite is skipped or refused") {
    const auto row = test::bytes_of(1.0F, std::numeric_limits<float>::quiet_NaN());
    graft::read_report report;
    graft::read_options options;
    CHECK(row_gate("f", options, report).accepts("a", row.data(), 1, {}));
    CHECK_THROWS_AS(static_cast<void>(row_gate("f", options, report).accepts("a", row.data(), 2, {})),
                    graft::format_error);
    options.non_finite = graft::on_non_finite::skip;
    CHECK_FALSE(row_gate("f", options, report).accepts("a", row.data(), 2, {}));
    CHECK(report.non_finite == 1);
}
