#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include <graft/vectors/read_vectors.hpp>

#include <support/files.hpp>

namespace vectors_test {

using test::bytes_of;
using test::temporary_file;
#ifdef GRAFT_WITH_ZLIB
using test::gzipped;
#endif

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

inline std::string binary_row(std::string_view word, const std::vector<float>& numbers,
                              std::string_view end = "") {
    std::string row(word);
    row += ' ';
    for (const float number : numbers) row += bytes_of(number);
    row += end;
    return row;
}

} // namespace vectors_test
