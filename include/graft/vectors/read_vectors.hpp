#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <graft/core/error.hpp>
#include <graft/io/byte_source.hpp>
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

namespace graft::inline v0_1 {

namespace detail {

/// Reads vectors in any format from a source of which nothing is taken.
[[nodiscard]] inline keyed_vectors read_vectors_of(const std::shared_ptr<byte_source>& shared,
                                                   const read_options& options) {
    byte_source& source = *shared;
    const auto format = sniff(source);
    if (format == file_format::fasttext) return fasttext_model(shared).vectors(options);

    read_report report;
    const auto read = [&]() -> keyed_vectors {
        if (format == file_format::text) return text_reader(source, options, report).read();
        if (format == file_format::word2vec_binary)
            return word2vec_binary_reader(source, options, report).read();
        if (options.words.empty())
            throw argument_error(source.name() +
                                 ": this file holds a matrix without its words; set .words to a text file "
                                 "with one word a line, in the order of the rows");
        byte_source words(options.words);
        const auto layout = format == file_format::npy ? take_npy_header(source)
                                                       : take_safetensors_matrix(source, options.tensor);
        auto vectors = read_matrix_rows(source, layout, words, options, report);
        words.check_unchanged();
        return vectors;
    };
    keyed_vectors vectors = read();
    source.check_unchanged();
    note_missing(vectors, options, report);
    if (options.report != nullptr) *options.report = std::move(report);
    return vectors;
}

} // namespace detail

/// The same as read_vectors(path) for content in memory; the name stands for the file in messages.
[[nodiscard]] inline keyed_vectors read_vectors_from(std::string_view content, const std::string& name,
                                                     const read_options& options = {}) {
    return detail::read_vectors_of(std::make_shared<detail::byte_source>(content, name), options);
}

/// Reads pretrained vectors. The format is found out from the content, whatever the file is called: GloVe and
/// word2vec text, word2vec binary, fastText .vec and .bin, npy and safetensors with a word list, each also
/// gzipped. Pipes are read no further than is needed. Throws io_error for a file that cannot be read or is
/// written to meanwhile, format_error with file, line or byte and what to do for one that is not right, and
/// argument_error for npy and safetensors without options.words.
template <class Later = void> // can lie in graft::compiled
[[nodiscard]] keyed_vectors read_vectors(const std::filesystem::path& path,
                                         const read_options& options = {}) {
    return detail::read_vectors_of(std::make_shared<detail::byte_source>(path), options);
}

} // namespace graft::inline v0_1
