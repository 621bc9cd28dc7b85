#pragma once

#include <bit>
#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

#include <graft/core/detail/message.hpp>
#include <graft/io/byte_source.hpp>
#include <graft/io/file_kind.hpp>
#include <graft/io/file_place.hpp>
#include <graft/vectors/detail/check_dim.hpp>
#include <graft/vectors/detail/row_collector.hpp>
#include <graft/vectors/detail/row_gate.hpp>
#include <graft/vectors/detail/text_format.hpp>
#include <graft/vectors/keyed_vectors.hpp>
#include <graft/vectors/read_options.hpp>

namespace graft::inline v0_1::detail {

static_assert(std::endian::native == std::endian::little,
              "binary vector files are read on little-endian machines");

/// Reads `V D\n`, then V times `word `, D little-endian floats and, in files of word2vec.c, '\n'.
class word2vec_binary_reader {
public:
    static constexpr std::size_t longest_word = std::size_t{1} << 16U; // in bytes

    /// Whether the bytes of a row's first number are rather the rest of a word with a space.
    [[nodiscard]] static bool are_letters(std::string_view bytes) noexcept {
        float number = 0;
        std::memcpy(&number, bytes.data(), sizeof number);
        return number > 1e12F && !looks_binary(bytes, false);
    }

    word2vec_binary_reader(byte_source& source, const read_options& options, read_report& report)
        : source_(source), options_(options), report_(report), gate_(source.name(), options, report) {}

    [[nodiscard]] keyed_vectors read() {
        const auto line = source_.peek_line();
        header_ = *parse_header(line);
        source_.skip(line.size());
        check_size();
        row_collector rows(source_.name(), header_.dim, options_);
        const auto most = (std::min)(header_.rows, options_.limit);
        if (source_.in_memory() && !options_.wanted) rows.reserve(most);
        for (std::size_t i = 0; i < most; ++i) read_row(i, rows);
        report_.stopped_at_limit = most < header_.rows;
        if (!report_.stopped_at_limit) check_end();
        report_.kept = rows.kept();
        report_.duplicates = rows.duplicates;
        return std::move(rows).finish();
    }

private:
    [[noreturn]] void fail(std::size_t offset, const std::string& what) const {
        fail_at(source_.name(), {false, offset}, what);
    }

    /// The counts against the bytes that are there, before memory is asked for.
    void check_size() const {
        const auto [rows, dim] = header_;
        check_dim(rows, dim, source_.name(), {false, 0});
        if (!source_.in_memory()) return; // rows are then kept as they come
        const auto left = source_.most_left();
        const auto needed = (std::min)(rows, options_.limit);
        if (needed > 0 && (dim > left / sizeof(float) || needed > left / (dim * sizeof(float) + 2)))
            fail(0, message("the header promises ", rows, " rows of ", dim, " numbers, but the ", left,
                            " bytes that follow hold at most ",
                            dim > left / sizeof(float) ? 0 : left / (dim * sizeof(float) + 2),
                            "; the file is cut off or the header wrong, so fetch it again"));
    }

    [[nodiscard]] std::string_view peek_word(std::size_t row) {
        for (std::size_t look = 128;; look *= 4) {
            const auto head = source_.peek(look);
            const auto space = head.find(' ');
            if (space != std::string_view::npos) return head.substr(0, space);
            if (head.size() < look && head.empty())
                fail(source_.offset(),
                     message("the header promises ", header_.rows, " rows, but the file ends after ", row,
                             "; correct the header or fetch the file again"));
            if (head.size() < look || look > longest_word) fail_word(row);
        }
    }
    [[noreturn]] void fail_word(std::size_t row) const {
        fail(source_.offset(),
             message("row ", row + 1, " does not start with a word and a space, so that rows are not ",
                     header_.dim,
                     " float32 numbers each; the header's count is wrong, the numbers are of another type, "
                     "a word holds a space, or the file is damaged; write text if words hold spaces"));
    }

    void read_row(std::size_t i, row_collector& rows) {
        auto word = peek_word(i);
        for (const char letter : word)
            if (static_cast<unsigned char>(letter) < 0x20) fail_word(i);
        if (word.empty())
            fail(source_.offset(), message("the word of row ", i + 1, " is empty; give the row a word"));
        const file_place place{false, source_.offset()};
        const std::size_t head = word.size() + 1;
        const std::size_t numbers_size = header_.dim * sizeof(float);
        const auto row = source_.peek(head + numbers_size + 1);
        if (row.size() < head + numbers_size)
            fail(place.number, message("the header promises ", header_.rows, " rows of ", header_.dim,
                                       " numbers, but the file ends within row ", i + 1, "; fetch it again"));
        word = row.substr(0, head - 1);
        check_first_number(i, row.substr(head, sizeof(float)));
        if (gate_.wants(word, place)) {
            const char* const numbers = row.data() + head;
            if (gate_.accepts(word, numbers, header_.dim, place))
                if (float* const to = rows.add(word, place)) std::memcpy(to, numbers, numbers_size);
        }
        source_.skip(head + numbers_size + (row.ends_with('\n') && row.size() > head + numbers_size));
    }

    void check_first_number(std::size_t row, std::string_view bytes) const {
        if (!are_letters(bytes)) return;
        fail(source_.offset(),
             message(
                 "the word of row ", row + 1, " is followed by ", quote(bytes),
                 ", which look like letters and not like numbers: it holds a space, which this format has no "
                 "place for; write text"));
    }

    void check_end() {
        const auto rest = source_.peek(1);
        if (!rest.empty())
            fail(source_.offset(),
                 message("the header promises ", header_.rows, " rows of ", header_.dim,
                         " numbers, but more bytes follow them; the header's counts are wrong, "
                         "the numbers are not float32, or a word holds a space; write text if words hold "
                         "spaces"));
    }

    byte_source& source_;
    const read_options& options_;
    read_report& report_;
    row_gate gate_;
    count_header header_;
};

} // namespace graft::inline v0_1::detail
