#pragma once

#include <cstdio>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include <graft/vectors/read_vectors.hpp>

#ifdef GRAFT_WITH_ZLIB
#include <zlib.h>
#endif

namespace vectors_test {

/// Reads content as if it were the file "f".
inline graft::keyed_vectors read(std::string_view content, const graft::read_options& options = {}) {
    return graft::read_vectors_from(content, "f", options);
}

/// What reading throws.
inline std::string failure(std::string_view content, const graft::read_options& options = {}) {
    try {
        static_cast<void>(read(content, options));
    } catch (const graft::format_error& error) { return error.what(); }
    return "nothing was thrown";
}

inline std::vector<std::string> words_of(const graft::keyed_vectors& vectors) {
    std::vector<std::string> words;
    for (std::size_t i = 0; i < vectors.size(); ++i) words.emplace_back(vectors.word(i));
    return words;
}

/// The bytes of values, little-endian as all machines that graft's readers run on.
template <class... Values>
std::string bytes_of(Values... values) {
    std::string bytes;
    (bytes.append(reinterpret_cast<const char*>(&values), sizeof values), ...);
    return bytes;
}

inline std::string binary_row(std::string_view word, const std::vector<float>& numbers,
                              std::string_view end = "") {
    std::string row(word);
    row += ' ';
    for (const float number : numbers) row += bytes_of(number);
    row += end;
    return row;
}

/// A file that lives as long as this.
class temporary_file {
public:
    explicit temporary_file(const std::string& name, std::string_view content = {})
        : path(std::filesystem::temp_directory_path() / ("graft_vectors_test_" + name)) {
        std::FILE* const file = std::fopen(path.string().c_str(), "wb");
        REQUIRE(file != nullptr);
        if (!content.empty()) REQUIRE(std::fwrite(content.data(), 1, content.size(), file) == content.size());
        std::fclose(file);
    }
    temporary_file(const temporary_file&) = delete;
    temporary_file& operator=(const temporary_file&) = delete;
    ~temporary_file() {
        std::error_code ignored;
        std::filesystem::remove(path, ignored);
    }

    std::filesystem::path path;
};

#ifdef GRAFT_WITH_ZLIB
/// One member of gzip.
inline std::string gzipped(std::string_view content) {
    z_stream zlib{};
    deflateInit2(&zlib, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
    std::string packed(deflateBound(&zlib, static_cast<uLong>(content.size())) + 64, '\0');
    zlib.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(content.data()));
    zlib.avail_in = static_cast<uInt>(content.size());
    zlib.next_out = reinterpret_cast<Bytef*>(packed.data());
    zlib.avail_out = static_cast<uInt>(packed.size());
    deflate(&zlib, Z_FINISH);
    packed.resize(zlib.total_out);
    deflateEnd(&zlib);
    return packed;
}
#endif

} // namespace vectors_test
