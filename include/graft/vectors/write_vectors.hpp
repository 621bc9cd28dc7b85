#pragma once

#include <bit>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include <graft/core/detail/finite.hpp>
#include <graft/core/detail/message.hpp>
#include <graft/core/detail/utf8.hpp>
#include <graft/core/error.hpp>
#include <graft/io/atomic_file.hpp>
#include <graft/io/byte_source.hpp>
#include <graft/io/gzip_stream.hpp>
#include <graft/io/safetensors.hpp>
#include <graft/io/text_lines.hpp>
#include <graft/vectors/detail/check_dim.hpp>
#include <graft/vectors/detail/file_format.hpp>
#include <graft/vectors/detail/row_collector.hpp>
#include <graft/vectors/detail/text_rows.hpp>
#include <graft/vectors/detail/word2vec_binary.hpp>
#include <graft/vectors/keyed_vectors.hpp>

namespace graft::inline v0_1 {

/// The formats that write_vectors knows.
enum class vector_format {
    word2vec_text,   ///< shortest decimals that give the same floats again
    word2vec_binary, ///< as word2vec.c writes it
    npy,             ///< with a word list
    safetensors,     ///< one tensor "vectors", with a word list
    fvecs, ///< as indexes of nearest neighbours take it (a count and the numbers of each row), with a word list
};

namespace detail {

/// Throws argument_error for words and rows that the format would not give back.
inline void check_writable(const keyed_vectors& vectors, vector_format format) {
    if (vectors.dim() > largest_dim || (vectors.dim() == 0 && vectors.size() > 0))
        throw argument_error(message("write_vectors: rows of ", vectors.dim(),
                                     " numbers cannot be read again; ", "they need 1 to ", largest_dim));
    for (std::size_t i = 0; i < vectors.size(); ++i) {
        if (!all_finite(vectors.row(i).data(), vectors.dim()))
            throw argument_error(
                message("write_vectors: the row of ", quote(vectors.word(i)),
                        " has a number that is not finite, which is refused when it is read"));
        const auto word = vectors.word(i);
        const char* trouble = nullptr;
        if (word.empty())
            trouble = "is empty";
        else if (word.find('\n') != word.npos || word.ends_with('\r'))
            trouble = "holds an end of line";
        else if (word.size() >= (format == vector_format::word2vec_binary
                                     ? word2vec_binary_reader::longest_word
                                     : byte_source::longest_line))
            trouble = "is too long";
        else if (format == vector_format::word2vec_binary) {
            for (const char letter : word)
                if (static_cast<unsigned char>(letter) <= ' ')
                    trouble = "holds a space or a control character";
            if (word2vec_binary_reader::are_letters(
                    {reinterpret_cast<const char*>(vectors.row(i).data()), sizeof(float)}))
                trouble = "is followed by a number whose bytes look like letters";
        } else if (format == vector_format::word2vec_text) {
            if (word.starts_with(' ') || word.ends_with(' '))
                trouble = "starts or ends with a space";
            else if (!ends_before_its_numbers(word))
                trouble = "ends with a space and a number that is no plain integer";
        }
        if (trouble != nullptr)
            throw argument_error(message("write_vectors: the word ", quote(word), " ", trouble,
                                         ", so that this format would not give it back"));
    }
}

[[nodiscard]] inline std::string header_line(const keyed_vectors& vectors) {
    return message(vectors.size(), " ", vectors.dim(), "\n");
}

inline void make_text_row(std::string& line, const keyed_vectors& vectors, std::size_t i) {
    line = vectors.word(i);
    for (const float value : numbers_of(vectors.matrix(), i)) {
        char digits[32];
        const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
        line += ' ';
        line.append(digits, end);
    }
    line += '\n';
}

inline void make_binary_row(std::string& row, const keyed_vectors& vectors, std::size_t i) {
    row = vectors.word(i);
    row += ' ';
    row.append(reinterpret_cast<const char*>(vectors.row(i).data()), vectors.dim() * sizeof(float));
    row += '\n';
}

/// Throws argument_error where the file would be taken for one of another format, as a single number in
/// binary is whose bytes are digits or end a line.
inline void check_recognised(const keyed_vectors& vectors, vector_format format) {
    const bool text = format == vector_format::word2vec_text;
    std::string start = header_line(vectors);
    std::string row;
    for (std::size_t i = 0; i < vectors.size() && start.size() < 4096; ++i) {
        text ? make_text_row(row, vectors, i) : make_binary_row(row, vectors, i);
        if (text && i == 0 && !can_have_numbers(row, vectors.dim()))
            throw argument_error(message("write_vectors: the first row, of ", quote(vectors.word(0)),
                                         ", has integers alone, from which those of its word cannot be told; "
                                         "write another format"));
        start += row;
    }
    byte_source source(start, "write_vectors");
    if (vectors.size() > 0 && sniff(source) != (text ? file_format::text : file_format::word2vec_binary))
        throw argument_error(
            message("write_vectors: the file would be taken for one of another format, for its "
                    "first row, of ",
                    quote(vectors.word(0)), "; write another format"));
}

inline void write_rows(atomic_file& file, const keyed_vectors& vectors, vector_format format) {
    check_recognised(vectors, format);
    file.write(header_line(vectors));
    std::string row;
    for (std::size_t i = 0; i < vectors.size(); ++i) {
        format == vector_format::word2vec_text ? make_text_row(row, vectors, i)
                                               : make_binary_row(row, vectors, i);
        if (format == vector_format::word2vec_text && row.size() > byte_source::longest_line)
            throw argument_error(message("write_vectors: the row of ", quote(vectors.word(i)), " takes ",
                                         row.size(), " bytes as text, and lines of at most ",
                                         byte_source::longest_line, " are read; write another format"));
        file.write(row);
    }
}

/// One word a line. A byte order mark, which is no part of what is read, keeps a word at the start that begins
/// like one, or like gzip, from being taken for it.
inline void write_words(atomic_file& file, const keyed_vectors& vectors) {
    if (vectors.size() > 0 && (vectors.word(0).starts_with(byte_order_mark) || is_gzip(vectors.word(0))))
        file.write(byte_order_mark);
    for (std::size_t i = 0; i < vectors.size(); ++i) {
        file.write(vectors.word(i));
        file.write("\n");
    }
}

/// numpy.lib.format, version 1; the header ends with spaces so that the numbers start at a multiple of 64.
inline void write_npy(atomic_file& file, const keyed_vectors& vectors) {
    std::string header = message("{'descr': '<f4', 'fortran_order': False, 'shape': (", vectors.size(), ", ",
                                 vectors.dim(), "), }");
    constexpr std::size_t before = 10;
    while ((before + header.size() + 1) % 64 != 0) header += ' ';
    header += '\n';
    file.write(std::string_view("\x93NUMPY\x01\x00", 8));
    const char length[] = {static_cast<char>(header.size() & 0xffU), static_cast<char>(header.size() >> 8U)};
    file.write({length, 2});
    file.write(header);
    file.write_numbers(vectors.matrix().data(), vectors.size() * vectors.dim());
}

inline void write_safetensors(atomic_file& file, const keyed_vectors& vectors) {
    safetensors_header header{{}, {{"vectors", "F32", {vectors.size(), vectors.dim()}, 0, 0}}, 0};
    file.write(write_safetensors_header(header));
    file.write_numbers(vectors.matrix().data(), vectors.size() * vectors.dim());
}

inline void write_fvecs(atomic_file& file, const keyed_vectors& vectors) {
    const auto dim = static_cast<std::uint32_t>(vectors.dim());
    std::string row(sizeof dim, ' ');
    std::memcpy(row.data(), &dim, sizeof dim);
    for (std::size_t i = 0; i < vectors.size(); ++i) {
        row.resize(sizeof dim);
        row.append(reinterpret_cast<const char*>(vectors.row(i).data()), vectors.dim() * sizeof(float));
        file.write(row);
    }
}

} // namespace detail

/// Writes vectors so that read_vectors gives the same again, except fvecs, which it cannot tell from other files.
/// npy, safetensors and fvecs have no place for words; these go to a text file `words`, one a line. Throws argument_error for a word that the format cannot hold
/// or read_vectors would not give back, for rows that are not finite, and for a missing or needless `words`,
/// and io_error. The files are replaced when all is written; where it fails they stay what they were
/// (io/atomic_file.hpp).
template <class Later = void> // can lie in graft::compiled
void write_vectors(const std::filesystem::path& path, const keyed_vectors& vectors, vector_format format,
                   const std::filesystem::path& words = {}) {
    static_assert(std::endian::native == std::endian::little,
                  "binary vector files are written little-endian");
    const bool needs_words =
        format != vector_format::word2vec_text && format != vector_format::word2vec_binary;
    if (needs_words == words.empty())
        throw argument_error(needs_words
                                 ? "write_vectors: npy, safetensors and fvecs need a path for the word list"
                                 : "write_vectors: word2vec files hold their words; give no word list");
    detail::check_writable(vectors, format);
    detail::atomic_file file(path);
    std::optional<detail::atomic_file> list;
    if (needs_words) {
        list.emplace(words);
        detail::atomic_file::check_apart({&file, &*list});
    }
    switch (format) {
    case vector_format::word2vec_text:
    case vector_format::word2vec_binary:
        detail::write_rows(file, vectors, format);
        break;
    case vector_format::npy:
        detail::write_npy(file, vectors);
        break;
    case vector_format::safetensors:
        detail::write_safetensors(file, vectors);
        break;
    case vector_format::fvecs:
        detail::write_fvecs(file, vectors);
        break;
    }
    if (!list) return file.finish();
    detail::write_words(*list, vectors);
    detail::atomic_file::finish({&file, &*list});
}

} // namespace graft::inline v0_1
