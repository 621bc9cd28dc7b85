#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include <graft/core/error.hpp>
#include <graft/io/byte_source.hpp>
#include <graft/io/mapped_file.hpp>
#include <graft/vectors/detail/file_format.hpp>
#include <graft/vectors/detail/matrix_rows.hpp>
#include <graft/vectors/detail/npy_format.hpp>
#include <graft/vectors/detail/row_collector.hpp>
#include <graft/vectors/detail/safetensors_format.hpp>
#include <graft/vectors/detail/text_format.hpp>
#include <graft/vectors/detail/word2vec_binary.hpp>
#include <graft/vectors/fasttext_model.hpp>
#include <graft/vectors/keyed_vectors.hpp>
#include <graft/vectors/read_options.hpp>

namespace graft {

/// The same as read_vectors(path) for content in memory; the name stands for the file in messages.
[[nodiscard]] inline keyed_vectors read_vectors_from(std::string_view content, const std::string& name,
                                                     const read_options& options = {}) {
    detail::byte_source source(content, name);
    const auto format = detail::sniff(source);
    if (format == detail::file_format::fasttext) return fasttext_model(content, name).vectors(options);

    read_report report;
    const auto read = [&]() -> keyed_vectors {
        if (format == detail::file_format::text) return detail::text_reader(source, options, report).read();
        if (format == detail::file_format::word2vec_binary)
            return detail::word2vec_binary_reader(source, options, report).read();
        if (options.words.empty())
            throw argument_error(name +
                                 ": this file holds a matrix without its words; set .words to a text file "
                                 "with one word a line, in the order of the rows");
        const detail::mapped_file list(options.words);
        detail::byte_source words(list.bytes(), options.words.string());
        const auto layout = format == detail::file_format::npy
                                ? detail::take_npy_header(source)
                                : detail::take_safetensors_header(source, options.tensor);
        return detail::read_matrix_rows(source, layout, words, options, report);
    };
    keyed_vectors vectors = read();
    detail::note_missing(vectors, options, report);
    if (options.report != nullptr) *options.report = std::move(report);
    return vectors;
}

/// Reads pretrained vectors. The format is found out from the content, whatever the file is called: GloVe and
/// word2vec text, word2vec binary, fastText .vec and .bin, npy and safetensors with a word list, each also
/// gzipped. Throws io_error for a file that cannot be read, format_error with file, line or byte and what to
/// do for one that is not right, and argument_error for npy and safetensors without options.words.
[[nodiscard]] inline keyed_vectors read_vectors(const std::filesystem::path& path,
                                                const read_options& options = {}) {
    const detail::mapped_file file(path);
    return read_vectors_from(file.bytes(), path.string(), options);
}

} // namespace graft
