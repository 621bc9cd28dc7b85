#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

#include <graft/core/detail/utf8.hpp>
#include <graft/core/error.hpp>
#include <graft/vectors/detail/byte_source.hpp>
#include <graft/vectors/detail/text_format.hpp>

namespace graft::detail {

enum class file_format { text, word2vec_binary, fasttext, npy, safetensors };

/// What a file that holds no vectors is, and what to do with it; empty for all others.
[[nodiscard]] inline std::string_view wrong_file(std::string_view head) noexcept {
    using namespace std::string_view_literals;
    struct known {
        std::string_view magic;
        std::string_view what;
    };
    static constexpr known files[] = {
        {"\x1f\x8b"sv, "this is a gzip file inside a gzip file; gunzip it once"},
        {"\x28\xb5\x2f\xfd"sv, "this is a zstd file; unpack it with `zstd -d` first"},
        {"PK\x03\x04"sv,
         "this is a zip file (or a PyTorch file, which is one too); unzip it and give the path of "
         "the vector file in it"},
        {"BZh"sv, "this is a bzip2 file; unpack it with `bunzip2` first"},
        {"\xfd"
         "7zXZ"sv,
         "this is an xz file; unpack it with `unxz` first"},
        {"\x80\x02"sv, "this is a Python pickle (gensim's own format); load it with gensim and call "
                       "save_word2vec_format"},
        {"\x80\x03"sv, "this is a Python pickle (gensim's own format); load it with gensim and call "
                       "save_word2vec_format"},
        {"\x80\x04"sv, "this is a Python pickle (gensim's own format); load it with gensim and call "
                       "save_word2vec_format"},
        {"\x80\x05"sv, "this is a Python pickle (gensim's own format); load it with gensim and call "
                       "save_word2vec_format"},
        {"FiFu"sv, "this is a finalfusion file; convert it with `finalfusion convert -t textdims`"},
        {"\x89HDF"sv, "this is an HDF5 file; export the vectors as npy or text"},
        {"PAR1"sv, "this is a Parquet file; export the vectors as npy or text"},
        {"version https://git-lfs"sv,
         "this is a Git LFS pointer, not the file itself; fetch it with `git lfs pull`"},
        {"\xff\xfe"sv, "this is text in UTF-16; convert it with `iconv -f UTF-16 -t UTF-8`"},
        {"\xfe\xff"sv, "this is text in UTF-16; convert it with `iconv -f UTF-16 -t UTF-8`"},
    };
    for (const auto& file : files)
        if (head.starts_with(file.magic)) return file.what;
    const auto first = (std::min)(head.find_first_not_of(" \t\r\n"), head.size());
    std::string start(head.substr(first, 9));
    for (char& letter : start)
        if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter + ('a' - 'A'));
    if (start.starts_with("<!doctype") || start.starts_with("<html") || start.starts_with("<?xml"))
        return "this is a web page, not vectors (a download that asked for a login or failed); fetch the "
               "file again";
    return {};
}

/// Whether bytes occur that text does not have.
[[nodiscard]] inline bool looks_binary(std::string_view bytes) noexcept {
    while (!bytes.empty()) {
        const auto step = utf8_front(bytes);
        const auto byte = static_cast<unsigned char>(bytes[0]);
        if (!step.valid && bytes.size() >= 4) return true; // at the very end a character may be cut
        if (byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r') return true;
        bytes.remove_prefix(step.bytes);
    }
    return false;
}

/// Finds out the format from the content; takes nothing. Throws format_error for an empty file and for those
/// that wrong_file knows.
[[nodiscard]] inline file_format sniff(byte_source& source) {
    using namespace std::string_view_literals;
    const auto head = source.peek(4096);
    if (head.empty()) throw format_error(source.name() + ": byte 0: the file is empty; fetch it again");
    if (const auto what = wrong_file(head); !what.empty())
        throw format_error(source.name() + ": byte 0: " + std::string(what));
    if (head.starts_with("\xba\x16\x4f\x2f"sv)) return file_format::fasttext; // 793712314, little-endian
    if (head.starts_with("\x93NUMPY"sv)) return file_format::npy;
    // A length of eight bytes, of which the upper ones are zero, and JSON.
    if (head.size() >= 9 && head.substr(5, 3) == "\0\0\0"sv && head[8] == '{')
        return file_format::safetensors;

    const auto first_end = head.find('\n');
    if (first_end == std::string_view::npos) return file_format::text;
    const auto header = parse_header(head.substr(0, first_end + 1));
    if (!header) return file_format::text;
    // Words and numbers after the counts are text where the first line reads as a row. If not, bytes that
    // text does not have tell a binary file from a text file with a mistake.
    const auto row = head.substr(first_end + 1, head.find('\n', first_end + 1) - first_end - 1);
    if (count_numbers(row) >= (std::max)(std::size_t{1}, (std::min)(header->dim, std::size_t{8})))
        return file_format::text;
    return looks_binary(head.substr(first_end + 1)) ? file_format::word2vec_binary : file_format::text;
}

} // namespace graft::detail
