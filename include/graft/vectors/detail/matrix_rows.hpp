#pragma once

#include <algorithm>
#include <cstddef>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <graft/core/detail/message.hpp>
#include <graft/io/byte_source.hpp>
#include <graft/io/file_place.hpp>
#include <graft/io/text_lines.hpp>
#include <graft/vectors/detail/check_dim.hpp>
#include <graft/vectors/detail/number_type.hpp>
#include <graft/vectors/detail/row_collector.hpp>
#include <graft/vectors/detail/row_gate.hpp>
#include <graft/vectors/keyed_vectors.hpp>
#include <graft/vectors/read_options.hpp>

namespace graft::inline v0_1::detail {

/// Where the numbers of a matrix lie in a source: from its next byte on.
struct matrix_layout {
    std::size_t rows = 0;
    std::size_t dim = 0;
    number_type type = number_type::float32;
    bool by_columns = false; // Fortran's order
    bool to_end = false;     // nothing may follow the numbers
};

/// rows x dim x size of a number; nothing where that overflows.
[[nodiscard]] inline std::optional<std::size_t> byte_size(const matrix_layout& layout) noexcept {
    constexpr auto most = (std::numeric_limits<std::size_t>::max)();
    if (layout.dim != 0 && layout.rows > most / layout.dim) return std::nullopt;
    const auto numbers = layout.rows * layout.dim;
    if (numbers > most / size_of(layout.type)) return std::nullopt;
    return numbers * size_of(layout.type);
}

/// The first rows of a matrix in columns, as a matrix in columns too: the columns of a stream come one after
/// the other, and memory is needed for what is kept of them. Short where the content ends before.
[[nodiscard]] inline std::vector<char> take_rows_of_columns(byte_source& source, const matrix_layout& layout,
                                                            std::size_t rows) {
    const std::size_t size = size_of(layout.type);
    std::vector<char> kept;
    for (std::size_t column = 0; column < layout.dim; ++column) {
        if (source.append(kept, rows * size) < rows * size) break;
        const bool is_last =
            column + 1 == layout.dim && rows < layout.rows; // then reading stops at the limit
        if (!is_last) static_cast<void>(source.skip_all((layout.rows - rows) * size));
    }
    return kept;
}

/// Joins the rows of a matrix with the lines of a word list.
[[nodiscard]] inline keyed_vectors read_matrix_rows(byte_source& source, const matrix_layout& layout,
                                                    byte_source& words, const read_options& options,
                                                    read_report& report) {
    const auto bytes = byte_size(layout);
    const auto fail_short = [&] {
        fail_at(source.name(), {false, source.offset()},
                message("a matrix of ", layout.rows, " x ", layout.dim,
                        " numbers is promised, but the file ends before; fetch it again"));
    };
    if (!bytes || source.most_left() < *bytes) fail_short();
    if (layout.rows > 0 && layout.dim == 0)
        fail_at(source.name(), {false, source.offset()}, "the matrix has no columns");
    check_dim(layout.rows, layout.dim, source.name(), {false, source.offset()});

    row_collector rows(words.name(), layout.dim, options); // a row's place is its line in the word list
    row_gate gate(words.name(), options, report);
    const std::size_t size = size_of(layout.type);
    const auto most = (std::min)(layout.rows, options.limit);
    const std::size_t row_bytes = layout.by_columns ? 0 : layout.dim * size;
    std::vector<float> numbers;
    std::vector<char> loaded;
    std::string_view columns;
    std::size_t column_rows = layout.rows;
    if (layout.by_columns && source.in_memory()) {
        columns = source.peek(*bytes);
        source.skip(*bytes);
    } else if (layout.by_columns) {
        loaded = take_rows_of_columns(source, layout, most);
        columns = {loaded.data(), loaded.size()};
        column_rows = most;
        if (columns.size() < column_rows * layout.dim * size) fail_short();
    }
    if (words.peek(byte_order_mark.size()) == byte_order_mark) words.skip(byte_order_mark.size());
    std::size_t row = 0;
    for (; row < most; ++row) {
        const auto line = words.peek_line();
        if (line.empty()) break;
        auto word = line;
        if (word.ends_with('\n')) word.remove_suffix(1);
        if (word.ends_with('\r')) word.remove_suffix(1);
        if (word.empty())
            fail_at(words.name(), {true, row + 1}, "the word is empty; each line names one row");
        const file_place place{true, row + 1};
        const auto data = layout.by_columns ? columns : source.peek(row_bytes);
        if (data.size() < row_bytes) fail_short();
        if (gate.wants(word, place)) {
            numbers.resize(layout.dim); // now that a row of that size is there
            const std::size_t step = layout.by_columns ? column_rows * size : size;
            const char* const first = data.data() + (layout.by_columns ? row * size : 0);
            for (std::size_t i = 0; i < layout.dim; ++i)
                numbers[i] = load_number(first + i * step, layout.type);
            if (gate.accepts(word, reinterpret_cast<const char*>(numbers.data()), layout.dim, place))
                if (float* const to = rows.add(word, place)) std::copy(numbers.begin(), numbers.end(), to);
        }
        source.skip(row_bytes);
        words.skip(line.size());
    }
    report.stopped_at_limit = most < layout.rows;
    std::size_t listed = row;
    if (row == most && !report.stopped_at_limit)
        for (auto line = words.peek_line(); !line.empty(); line = words.peek_line(), ++listed)
            words.skip(line.size());
    if (row < most || listed > row)
        fail_at(words.name(), {true, listed},
                message("the list has ", listed, " words, but the matrix in ", source.name(), " has ",
                        layout.rows, " rows; give one word a line for each row"));
    if (layout.to_end && !report.stopped_at_limit && !source.peek(1).empty())
        fail_at(source.name(), {false, source.offset()},
                message("more bytes follow the matrix of ", layout.rows, " x ", layout.dim,
                        " numbers; the header is wrong or the file damaged, so fetch it again"));
    report.kept = rows.kept();
    report.duplicates = rows.duplicates;
    return std::move(rows).finish();
}

} // namespace graft::inline v0_1::detail
