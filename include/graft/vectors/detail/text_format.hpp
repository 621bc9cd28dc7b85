#pragma once

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstring>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <graft/core/thread_pool.hpp>
#include <graft/io/byte_source.hpp>
#include <graft/io/file_kind.hpp>
#include <graft/io/file_place.hpp>
#include <graft/io/ordered_blocks.hpp>
#include <graft/io/text_lines.hpp>
#include <graft/vectors/detail/check_dim.hpp>
#include <graft/vectors/detail/row_collector.hpp>
#include <graft/vectors/detail/text_rows.hpp>
#include <graft/vectors/read_options.hpp>

namespace graft::inline v0_1::detail {

/// The first line of word2vec files: how many rows and how many numbers in each.
struct count_header {
    std::size_t rows = 0;
    std::size_t dim = 0;
};

/// A line of just two counts; nothing for other lines.
[[nodiscard]] inline std::optional<count_header> parse_header(std::string_view line) noexcept {
    line = trimmed(line);
    count_header header;
    const char* const end = line.data() + line.size();
    const auto rows = std::from_chars(line.data(), end, header.rows);
    if (rows.ec != std::errc() || rows.ptr == end || *rows.ptr != ' ') return std::nullopt;
    const char* second = rows.ptr;
    while (second != end && *second == ' ') ++second;
    const auto dim = std::from_chars(second, end, header.dim);
    if (dim.ec != std::errc() || dim.ptr != end) return std::nullopt;
    return header;
}

/// Reads a whole text file: takes the header, finds D, then parses blocks of lines on all threads. The blocks
/// are put together in the order of the file, so that rows and errors are the same for any number of threads.
/// While one thread inflates or puts together, the others parse.
class text_reader {
public:
    text_reader(byte_source& source, const read_options& options, read_report& report)
        : text_reader(source, options, report, default_block_bytes(source)) {}
    text_reader(byte_source& source, const read_options& options, read_report& report,
                std::size_t block_bytes)
        : source_(source), options_(options), report_(report), block_bytes_(block_bytes), filter_(options) {}

    [[nodiscard]] keyed_vectors read() {
        if (source_.peek(byte_order_mark.size()) == byte_order_mark) source_.skip(byte_order_mark.size());
        start();
        collector_.emplace(source_.name(), dim_, options_);
        parser_.emplace(dim_, header_.has_value(), filter_, options_);
        blocks_.emplace(source_, options_.limit, block_bytes_);
        // A few blocks are not worth starting threads.
        thread_pool pool(source_.file_bytes() < 4 * block_bytes_ ? 1 : options_.threads);
        parse_in_order<text_block, parsed_block>(
            pool, [this](text_block& block) { return blocks_->next(block); },
            [this](const text_block& block, parsed_block& parsed) { parser_->parse(block, parsed); },
            [this](const text_block& block, const parsed_block& parsed) { put(block, parsed); });
        report_.stopped_at_limit = blocks_->stopped();
        report_.kept = collector_->kept();
        report_.duplicates = collector_->duplicates;
        check_header();
        return std::move(*collector_).finish();
    }

private:
    static constexpr std::size_t most_blank_lines = std::size_t{1} << 24U;

    /// Text and numbers of a block fit the L2 cache; inflating goes from thread to thread less often than
    /// that.
    [[nodiscard]] static std::size_t default_block_bytes(const byte_source& source) noexcept {
        return source.in_memory() ? std::size_t{1} << 18U : std::size_t{1} << 20U;
    }

    /// Takes the header and the blank lines around it, and finds D on the first row.
    void start() {
        skip_blank();
        auto line = source_.peek_line();
        header_ = parse_header(line);
        if (header_) {
            header_line_ = lines_ + 1;
            dim_ = header_->dim;
            take_line(line);
            skip_blank();
            line = source_.peek_line();
        }
        if (header_) check_dim(header_->rows, header_->dim, source_.name(), {true, header_line_});
        if (trimmed(line).empty()) {
            if (!header_) fail(1, "the file has no rows; fetch it again");
            return;
        }
        if (header_ && dim_ == 0) fail(header_line_, "the header promises rows of 0 numbers; correct it");
        const auto found = count_numbers(line);
        if (const auto tab = line.find('\t'); tab != std::string_view::npos) { // `word TAB v1 v2 ..`
            const auto end = line.find_first_of(" \t\r\n", tab + 1);
            float ignored = 0;
            if (parse_field(line.substr(tab + 1, (std::min)(end, line.size()) - tab - 1), ignored))
                fail(lines_ + 1, message("the row of ", quote(line.substr(0, tab)),
                                         " has tabs; words and numbers are separated by spaces"));
        }
        if (!header_) {
            dim_ = found;
            if (found == 0 && looks_binary(line, line.empty() || line.back() != '\n'))
                fail(lines_ + 1,
                     "no numbers end this line, which holds bytes that text does not have; a binary file is "
                     "read if it is word2vec's, fastText's, npy or safetensors, so write one of these");
            if (found == 0 && (trimmed(line).starts_with('{') || trimmed(line).starts_with('[')))
                fail(lines_ + 1, "this looks like JSON; write lines `word v1 .. vD`, separated by spaces");
            if (found == 0 && line.find(',') != std::string_view::npos)
                fail(lines_ + 1,
                     message(
                         "this line ", quote(trimmed(line)),
                         " has commas; words and numbers are separated by spaces, and numbers have points"));
            if (found == 0)
                fail(lines_ + 1,
                     message("no numbers end this line ", quote(trimmed(line)),
                             "; a text file of vectors has lines `word v1 .. vD`, separated by spaces"));
        } else if (!can_have_numbers(line, dim_)) {
            if (found < dim_ && (count_fields(line) > dim_ || line.find(',') != std::string_view::npos))
                fail(lines_ + 1, too_few_message(line, dim_));
            fail(header_line_,
                 message("the header promises ", dim_, " numbers in a row, but the row on line ", lines_ + 1,
                         " has ", found, "; correct the header or fetch the file again"));
        }
    }

    void skip_blank() {
        for (auto line = source_.peek_line(); !line.empty() && trimmed(line).empty();
             line = source_.peek_line()) {
            take_line(line);
            count_blank(1);
        }
    }
    void count_blank(std::size_t lines) {
        report_.blank_lines += lines;
        if (report_.blank_lines > most_blank_lines) // of a pipe they may never end
            fail(lines_, message("there are over ", most_blank_lines,
                                 " blank lines, which no file of vectors "
                                 "has; fetch it again"));
    }
    void take_line(std::string_view line) {
        ++lines_;
        source_.skip(line.size());
    }

    [[noreturn]] void fail(std::size_t line, const std::string& what) const {
        fail_at(source_.name(), {true, line}, what);
    }

    /// Moves the rows of a block to their place; blocks come here in order.
    void put(const text_block& block, const parsed_block& parsed) {
        const std::size_t together = collector_->kept() + parsed.rows.size();
        if (together > collector_->capacity()) {
            // As many rows as the rest of the file would give if it is like what is read, but no more than
            // the options, the header or a byte of the file for each number allow. The last keeps a small file
            // that inflates to much from asking for more.
            const auto expected = static_cast<std::size_t>(1.02 * static_cast<double>(together) /
                                                           (std::max)(block.progress, 1.0 / 64));
            const auto by_size = source_.file_bytes() / dim_;
            collector_->reserve((std::max)(together, (std::min)({expected + 16, most_rows(), by_size})));
        }
        const float* numbers = parsed.numbers.get();
        for (const auto& row : parsed.rows) {
            float* const place = collector_->add(row.word, {true, lines_ + row.line + 1});
            if (place != nullptr) std::memcpy(place, numbers, dim_ * sizeof(float));
            numbers += dim_;
        }
        if (!parsed.failed_what.empty()) fail(lines_ + parsed.failed_line + 1, parsed.failed_what);
        lines_ += parsed.lines;
        report_.read += parsed.read;
        report_.unwanted += parsed.unwanted;
        report_.non_finite += parsed.non_finite;
        report_.empty_words += parsed.empty_words;
        report_.invalid_utf8 += parsed.invalid_utf8;
        count_blank(parsed.blank);
        if (parsed.read > 0) last_is_unk_ = parsed.last_is_unk;
    }

    [[nodiscard]] std::size_t most_rows() const noexcept {
        const auto most = (std::min)(options_.limit, filter_.most());
        return header_ ? (std::min)(most, header_->rows + 1) : most;
    }

    /// GloVe appends a row for <unk> that its header does not count.
    void check_header() const {
        if (!header_ || report_.stopped_at_limit || report_.read == header_->rows) return;
        if (report_.read == header_->rows + 1 && last_is_unk_) return;
        fail(header_line_, message("the header promises ", header_->rows, " rows, but the file has ",
                                   report_.read, "; correct the header or fetch the file again"));
    }

    byte_source& source_;
    const read_options& options_;
    read_report& report_;
    std::size_t block_bytes_;
    word_filter filter_;
    std::optional<count_header> header_;
    std::size_t header_line_ = 0;
    std::size_t dim_ = 0;
    std::optional<row_collector> collector_;
    std::optional<text_row_parser> parser_;

    std::optional<text_blocks> blocks_;

    std::size_t lines_ = 0; // before the block whose rows come next
    bool last_is_unk_ = false;
};

} // namespace graft::inline v0_1::detail
