#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

#include <graft/core/error.hpp>
#include <graft/io/byte_source.hpp>
#include <graft/io/file_kind.hpp>
#include <graft/vectors/detail/text_format.hpp>

namespace graft::inline v0_1::detail {

enum class file_format { text, word2vec_binary, fasttext, npy, safetensors };

/// Finds out the format from the content; takes nothing. Throws format_error for an empty file and for those
/// that wrong_file knows.
[[nodiscard]] inline file_format sniff(byte_source& source) {
    using namespace std::string_view_literals;
    constexpr std::size_t looked_at = 4096;
    const auto head = source.peek(looked_at);
    if (head.empty()) throw format_error(source.name() + ": byte 0: the file is empty; fetch it again");
    if (const auto what = wrong_file(head, wanted_content::vectors); !what.empty())
        throw format_error(source.name() + ": byte 0: " + what);
    if (head.starts_with("\xba\x16\x4f\x2f"sv)) return file_format::fasttext; // 793712314, little-endian
    if (head.starts_with("\x93NUMPY"sv)) return file_format::npy;
    // A length of eight bytes, of which the upper ones are zero, and JSON.
    if (head.size() >= 9 && head.substr(5, 3) == "\0\0\0"sv && head[8] == '{')
        return file_format::safetensors;

    const auto first_end = head.find('\n');
    if (first_end == std::string_view::npos) {
        const auto end = head.find('\r');
        if (end != std::string_view::npos && head.find_first_not_of(" \r", end) != std::string_view::npos)
            throw format_error(source.name() +
                               ": byte 0: lines end in a carriage return alone here, as on old "
                               "Macs; convert them with `tr '\\r' '\\n'`");
        return file_format::text;
    }
    const auto header = parse_header(head.substr(0, first_end + 1));
    if (!header) return file_format::text;
    // Words and numbers after the counts are text where the first line reads as a row. If not, bytes that
    // text does not have tell a binary file from a text file with a mistake.
    auto row = head.substr(first_end + 1, head.find('\n', first_end + 1) - first_end - 1);
    if (head.size() == looked_at && first_end + 1 + row.size() == looked_at)
        row = row.substr(0, row.rfind(' ') + 1); // the last number may be cut; npos + 1 is 0
    if (count_numbers(row) >= (std::max)(std::size_t{1}, (std::min)(header->dim, std::size_t{8})))
        return file_format::text;
    return looks_binary(head.substr(first_end + 1), head.size() == looked_at) ? file_format::word2vec_binary
                                                                              : file_format::text;
}

} // namespace graft::inline v0_1::detail
