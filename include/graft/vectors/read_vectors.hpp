#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include <graft/core/error.hpp>
#include <graft/vectors/detail/byte_source.hpp>
#include <graft/vectors/detail/mapped_file.hpp>
#include <graft/vectors/detail/row_collector.hpp>
#include <graft/vectors/detail/sniff.hpp>
#include <graft/vectors/detail/text_format.hpp>
#include <graft/vectors/detail/word2vec_binary.hpp>
#include <graft/vectors/keyed_vectors.hpp>
#include <graft/vectors/read_options.hpp>

namespace graft {

/// The same as read_vectors(path) for content in memory; the name stands for the file in messages.
[[nodiscard]] inline keyed_vectors read_vectors_from(std::string_view content, const std::string& name,
                                                     const read_options& options = {}) {
    detail::byte_source source(content, name);
    read_report report;
    keyed_vectors vectors;
    switch (detail::sniff(source)) {
    case detail::file_format::text:
        vectors = detail::text_reader(source, options, report).read();
        break;
    case detail::file_format::word2vec_binary:
        vectors = detail::word2vec_binary_reader(source, options, report).read();
        break;
    default:
        throw format_error(name + ": byte 0: this format is not supported yet");
    }
    detail::note_missing(vectors, options, report);
    if (options.report != nullptr) *options.report = std::move(report);
    return vectors;
}

/// Reads pretrained vectors. The format is found out from the content, whatever the file is called: GloVe and
/// word2vec text, word2vec binary, each also gzipped. Throws io_error, and format_error with file, line or
/// byte, and what to do.
[[nodiscard]] inline keyed_vectors read_vectors(const std::filesystem::path& path,
                                                const read_options& options = {}) {
    const detail::mapped_file file(path);
    return read_vectors_from(file.bytes(), path.string(), options);
}

} // namespace graft
