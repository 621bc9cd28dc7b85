#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include <graft/core/detail/utf8.hpp>

namespace graft::detail {

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

/// Whether bytes occur that text does not have. Where more follows, the last character may be cut.
[[nodiscard]] inline bool looks_binary(std::string_view bytes, bool more_follows = true) noexcept {
    while (!bytes.empty()) {
        const auto step = utf8_front(bytes);
        const auto byte = static_cast<unsigned char>(bytes[0]);
        if (!step.valid && (!more_follows || bytes.size() >= 4)) return true;
        if (byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r') return true;
        bytes.remove_prefix(step.bytes);
    }
    return false;
}

} // namespace graft::detail
