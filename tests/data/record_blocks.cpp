#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include <graft/core/error.hpp>
#include <graft/data/detail/record_blocks.hpp>
#include <graft/io/byte_source.hpp>

#include <support/files.hpp>

using graft::detail::byte_source;
using graft::detail::dialect;
using graft::detail::record_block;
using graft::detail::record_blocks;
using graft::detail::record_reader;
using graft::detail::row_failure;

namespace {

/// "line:field|field" of each record, and "line:!" of each that is broken.
std::vector<std::string> records_of(std::string_view text, const dialect& how, std::size_t lines = 0) {
    record_reader reader(text, how);
    std::vector<std::string> all;
    for (;;) {
        try {
            if (!reader.next()) return all;
            auto record = std::to_string(lines + reader.line()) + ":";
            for (const auto field : reader.fields()) record.append(field).append("|");
            all.push_back(record);
        } catch (const row_failure& failure) { all.push_back(std::to_string(lines + failure.line) + ":!"); }
    }
}

std::vector<std::string> by_blocks(const std::string& content, const dialect& how, std::size_t bytes) {
    byte_source source(content, "f");
    record_blocks blocks(source, how, bytes);
    std::vector<std::string> all;
    std::size_t lines = 0;
    std::size_t offset = 0;
    std::size_t index = 0;
    for (record_block block; blocks.next(block);) {
        CHECK(block.index == index++);
        CHECK(block.offset == offset);
        offset += block.text.size();
        for (auto& record : records_of(block.text, how, lines)) all.push_back(std::move(record));
        for (const char c : block.text) lines += c == '\n' ? 1 : 0;
    }
    return all;
}

} // namespace

TEST_CASE("blocks of any size hold the same records, from memory and from a stream") {
    for (const std::string text :
         {"a,b\nc,d\n\n\ne,f", "a,\"b\nc\"\n\"d\ne\n\nf\",g\nh,i\n", "a,\"b\nc,d\n\"e\"f,g\nh,\"i\n",
          "#\"x\na,b\n#\"\nc,\"d\"\n", "\"\n\n\n\n\n\n\n\n\"\n", "a,\"\"\"\nb\",\\\"\nc", "", "\n\n", "a"}) {
        CAPTURE(text);
        dialect how;
        how.comments = "#";
        const auto expected = records_of(text, how);
        for (const auto& form : test::forms_of(text))
            for (std::size_t bytes = 1; bytes < 40; ++bytes) CHECK(by_blocks(form, how, bytes) == expected);
    }
}

TEST_CASE("between tabs a block ends at any line") {
    const dialect how{"\t", dialect::quote_rule::field};
    const std::string text = "a\t\"b\nc\td\"\n\"e\"\tf\n";
    for (std::size_t bytes = 1; bytes < 20; ++bytes)
        CHECK(by_blocks(text, how, bytes) == records_of(text, how));
}

TEST_CASE("a record without end is refused, or is one line where a quote is not closed") {
    const std::string endless((std::size_t{1} << 25U) + 5, 'a');
    CHECK_THROWS_WITH_AS(by_blocks(endless, {}, 100),
                         "f: byte 0: no line ends within 32 MiB; this is no text file of rows",
                         graft::format_error);
    const auto records = by_blocks("\"a\n" + endless.substr(0, 1000) + "\n", {}, 100);
    REQUIRE(records.size() == 2);
    CHECK(records[0] == "1:!");
}
