#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include <graft/io/text_lines.hpp>

#include <support/files.hpp>

using graft::detail::byte_source;
using graft::detail::text_block;
using graft::detail::text_blocks;

namespace {

constexpr std::size_t all_lines = (std::numeric_limits<std::size_t>::max)();

/// The blocks of a file, each of which must be whole lines with characters to read behind them.
std::vector<std::string> blocks_of(std::string_view file, std::size_t limit, std::size_t block_bytes,
                                   bool* stopped = nullptr) {
    byte_source source(file, "f");
    text_blocks blocks(source, limit, block_bytes);
    std::vector<std::string> found;
    text_block block;
    while (blocks.next(block)) {
        CHECK(block.index == found.size());
        CHECK(block.lines.ends_with('\n'));
        const char* const behind = block.lines.data() + block.lines.size();
        unsigned sum = 0; // a sanitizer sees whether they can be read
        for (std::size_t i = 0; i < graft::detail::float_text_padding; ++i)
            sum += static_cast<unsigned char>(behind[i]);
        CHECK(sum > 0);
        found.emplace_back(block.lines);
    }
    CHECK(blocks.count() == found.size());
    if (stopped != nullptr) *stopped = blocks.stopped();
    return found;
}

std::string joined(const std::vector<std::string>& blocks) {
    std::string all;
    for (const auto& block : blocks) all += block;
    return all;
}

} // namespace

TEST_CASE("spaces around a line and its end are no part of it, other blanks are") {
    CHECK(graft::detail::trimmed("  a b \r\n") == "a b");
    CHECK(graft::detail::trimmed("\ta\t\n") == "\ta\t");
    CHECK(graft::detail::trimmed("a\r\r\n") == "a\r");
    CHECK(graft::detail::trimmed(" \n").empty());
}

TEST_CASE("blocks are whole lines and together the file") {
    std::string content;
    for (int i = 0; i < 200; ++i) content += std::string(static_cast<std::size_t>(i) % 40, 'x') + '\n';
    for (const auto& file : test::forms_of(content))
        for (const std::size_t block_bytes : {1U, 16U, 100U, 1'000'000U}) {
            const auto blocks = blocks_of(file, all_lines, block_bytes);
            CHECK(joined(blocks) == content);
            CHECK((blocks.size() == 1) == (block_bytes == 1'000'000U));
        }
    for (const auto& file : test::forms_of("a\nb")) // the last line gets its end
        CHECK(joined(blocks_of(file, all_lines, 2)) == "a\nb\n");
    for (const auto& file : test::forms_of("")) CHECK(blocks_of(file, all_lines, 10).empty());
}

TEST_CASE("the limit counts lines that are not blank, and says whether more follows") {
    for (const auto& file : test::forms_of("a\n\n \nb\nc\n"))
        for (const std::size_t block_bytes : {1U, 100U}) {
            bool stopped = false;
            CHECK(joined(blocks_of(file, 2, block_bytes, &stopped)) == "a\n\n \nb\n");
            CHECK(stopped);
            CHECK(joined(blocks_of(file, 3, block_bytes, &stopped)) == "a\n\n \nb\nc\n");
            CHECK_FALSE(stopped);
            CHECK(blocks_of(file, 0, block_bytes, &stopped).empty());
            CHECK(stopped);
        }
}
