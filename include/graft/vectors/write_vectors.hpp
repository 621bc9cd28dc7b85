#pragma once

#include <bit>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include <graft/core/detail/message.hpp>
#include <graft/core/detail/utf8.hpp>
#include <graft/core/error.hpp>
#include <graft/io/atomic_file.hpp>
#include <graft/vectors/detail/text_rows.hpp>
#include <graft/vectors/keyed_vectors.hpp>

namespace graft {

/// The formats that write_vectors knows.
enum class vector_format {
    word2vec_text,   ///< shortest decimals that give the same floats again
    word2vec_binary, ///< as word2vec.c writes it
    npy,             ///< with a word list
    safetensors,     ///< one tensor "vectors", with a word list
};

namespace detail {

/// Throws argument_error for words that the format would not give back.
inline void check_writable(const keyed_vectors& vectors, vector_format format) {
    for (std::size_t i = 0; i < vectors.size(); ++i) {
        const auto word = vectors.word(i);
        const char* trouble = nullptr;
        const auto space = word.rfind(' ');
        float ignored = 0;
        if (word.empty())
            trouble = "is empty";
        else if (word.find('\n') != word.npos || word.ends_with('\r'))
            trouble = "holds an end of line";
        else if (format == vector_format::word2vec_binary) {
            for (const char letter : word)
                if (static_cast<unsigned char>(letter) <= ' ')
                    trouble = "holds a space or a control character";
        } else if (format == vector_format::word2vec_text) {
            if (word.starts_with(' ') || word.ends_with(' '))
                trouble = "starts or ends with a space";
            else if (space != word.npos && parse_field(word.substr(space + 1), ignored))
                trouble = "ends with a space and a number";
        }
        if (trouble != nullptr)
            throw argument_error(message("write_vectors: the word ", quote(word), " ", trouble,
                                         ", so that this format would not give it back"));
    }
}

inline void write_text(atomic_file& file, const keyed_vectors& vectors) {
    file.write(message(vectors.size(), " ", vectors.dim(), "\n"));
    std::string line;
    for (std::size_t i = 0; i < vectors.size(); ++i) {
        line = vectors.word(i);
        for (const float value : vectors.row(i)) {
            char digits[32];
            const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
            line += ' ';
            line.append(digits, end);
        }
        line += '\n';
        file.write(line);
    }
}

inline void write_binary(atomic_file& file, const keyed_vectors& vectors) {
    file.write(message(vectors.size(), " ", vectors.dim(), "\n"));
    for (std::size_t i = 0; i < vectors.size(); ++i) {
        file.write(vectors.word(i));
        file.write(" ");
        file.write_numbers(vectors.row(i).data(), vectors.dim());
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

/// A length of eight bytes, JSON that ends with spaces up to a multiple of 8, then the numbers.
inline void write_safetensors(atomic_file& file, const keyed_vectors& vectors) {
    const auto bytes = vectors.size() * vectors.dim() * sizeof(float);
    std::string header = message(R"({"vectors":{"dtype":"F32","shape":[)", vectors.size(), ",", vectors.dim(),
                                 R"(],"data_offsets":[0,)", bytes, "]}}");
    while (header.size() % 8 != 0) header += ' ';
    std::string length;
    for (unsigned shift = 0; shift < 64; shift += 8)
        length += static_cast<char>((std::uint64_t{header.size()} >> shift) & 0xffU);
    file.write(length);
    file.write(header);
    file.write_numbers(vectors.matrix().data(), vectors.size() * vectors.dim());
}

} // namespace detail

/// Writes vectors so that read_vectors gives the same again. npy and safetensors have no place for words;
/// these go to a text file `words`, one a line. Throws argument_error for a word that the format cannot hold
/// or a missing or needless `words`, and io_error. The files are replaced when all is written; where it fails
/// they stay what they were (io/atomic_file.hpp).
inline void write_vectors(const std::filesystem::path& path, const keyed_vectors& vectors,
                          vector_format format, const std::filesystem::path& words = {}) {
    static_assert(std::endian::native == std::endian::little,
                  "binary vector files are written little-endian");
    const bool needs_words = format == vector_format::npy || format == vector_format::safetensors;
    if (needs_words == words.empty())
        throw argument_error(needs_words
                                 ? "write_vectors: npy and safetensors need a path for the word list"
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
        detail::write_text(file, vectors);
        break;
    case vector_format::word2vec_binary:
        detail::write_binary(file, vectors);
        break;
    case vector_format::npy:
        detail::write_npy(file, vectors);
        break;
    case vector_format::safetensors:
        detail::write_safetensors(file, vectors);
        break;
    }
    if (!list) return file.finish();
    for (std::size_t i = 0; i < vectors.size(); ++i) {
        list->write(vectors.word(i));
        list->write("\n");
    }
    detail::atomic_file::finish({&file, &*list});
}

} // namespace graft
