#pragma once

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <graft/core/detail/message.hpp>
#include <graft/core/detail/utf8.hpp>
#include <graft/core/error.hpp>
#include <graft/data/detail/dialect.hpp>
#include <graft/data/detail/records.hpp>
#include <graft/data/table_options.hpp>
#include <graft/io/byte_source.hpp>
#include <graft/io/file_kind.hpp>
#include <graft/io/file_place.hpp>
#include <graft/io/text_lines.hpp>

namespace graft::inline v0_1::detail {

enum class table_form {
    text,         ///< records between separators
    json_lines,   ///< an object on each line
    netflix,      ///< `ITEM:`, and below it lines `user,rating,date`
    matrix_market ///< coordinates
};

/// How a table is written, and what was taken of it: the lines before its first record.
struct table_start {
    table_form form = table_form::text;
    dialect how;
    std::size_t lines = 0;
    std::size_t comments = 0;
    std::size_t blank_lines = 0;
    std::size_t promised = 0; // entries, by the header of Matrix Market
    std::size_t promise_line = 0;
    bool pattern = false; // Matrix Market without values
};

/// Calls f(), and gives a row_failure the place that it has in the file.
template <class F>
decltype(auto) placed(const std::string& name, std::size_t lines_before, F&& f) {
    try {
        return f();
    } catch (const row_failure& failure) { fail_at(name, {true, lines_before + failure.line}, failure.what); }
}

/// The fields of the first records of a source, at most two, without taking them. Throws row_failure.
[[nodiscard]] inline std::vector<std::vector<std::string>> first_records(byte_source& source,
                                                                         const dialect& how) {
    for (std::size_t look = std::size_t{1} << 16U;; look *= 8) {
        const auto head = source.peek(look);
        const bool whole = head.size() < look || look > byte_source::longest_line;
        record_reader records(head, how);
        std::vector<std::vector<std::string>> found;
        try {
            while (found.size() < 2 && records.next()) {
                if (!whole && records.position() == head.size()) break;
                found.emplace_back(records.fields().begin(), records.fields().end());
            }
        } catch (const row_failure&) {
            if (whole && found.empty()) throw;
            if (!whole) continue;
        }
        if (found.size() == 2 || whole) return found;
    }
}

/// Takes the first record, and gives how many line ends were in it or before it.
inline std::size_t skip_header(byte_source& source, const dialect& how, table_start& start) {
    for (std::size_t look = std::size_t{1} << 16U;; look *= 8) {
        const auto head = source.peek(look);
        const bool whole = head.size() < look || look > byte_source::longest_line;
        record_reader records(head, how);
        try {
            records.next();
        } catch (const row_failure&) {
            if (whole) throw;
            continue;
        }
        if (!whole && records.position() == head.size()) continue;
        start.blank_lines += records.blank_lines();
        start.comments += records.comments();
        source.skip(records.position());
        return records.lines();
    }
}

/// Finds out what a source holds, and takes what is before its first record. Throws format_error for a file
/// that is no table or empty; expected says in a word what should be there. is_name(field): whether it is a
/// usual name of a column. fixed: a separator that is known from the content.
template <class IsName>
[[nodiscard]] table_start start_table(byte_source& source, const table_options& options,
                                      const std::string& expected, IsName&& is_name,
                                      const std::string& fixed = {}) {
    const auto& name = source.name();
    table_start start;
    const auto fail = [&](const std::string& what) { fail_at(name, {true, start.lines + 1}, what); };
    if (const auto what = wrong_file(source.peek(4096), wanted_content::table); !what.empty())
        throw format_error(name + ": byte 0: " + what);
    if (source.peek(byte_order_mark.size()) == byte_order_mark) source.skip(byte_order_mark.size());

    std::string separator = options.separator.empty() ? fixed : options.separator;
    const auto take_line = [&](std::string_view line) {
        ++start.lines;
        source.skip(line.size());
    };
    std::vector<std::string> doubtful; // lines that may be comments or records
    const auto blank = [](std::string_view line) {
        return line.find_first_not_of(" \t\r\n") == std::string_view::npos;
    };
    std::string line;
    bool first = true;
    for (;;) {
        const auto next = source.peek_line();
        if (next.empty()) break;
        line = next;
        if (line.find('\0') != std::string::npos)
            throw format_error(message(name, ": byte ", source.offset() + line.find('\0'),
                                       ": a zero byte: this is no text, so it holds no ", expected));
        if (blank(line)) {
            ++start.blank_lines;
        } else if (first && line.starts_with("%%MatrixMarket")) {
            start.form = table_form::matrix_market;
            if (line.find("coordinate") == std::string::npos || line.find("general") == std::string::npos ||
                line.find("complex") != std::string::npos)
                fail("only `coordinate` and `general` files of Matrix Market with real or integer values, or "
                     "a "
                     "pattern, are read; this one is " +
                     quote(trimmed(line)));
            start.pattern = line.find("pattern") != std::string::npos;
            ++start.comments;
        } else if (first && (line.starts_with("sep=") || line.starts_with("SEP=")) && line.size() > 4 &&
                   std::string_view("\r\n").find(line[4]) == std::string_view::npos) { // Excel's own
            if (options.separator.empty()) separator = line[4];
        } else if (options.comments ? options.comments->find(line[0]) != std::string::npos
                                    : line[0] == '%' || line[0] == '#') {
            if (!options.comments && line[0] == '#' && line.size() > 1 && line[1] != ' ' && line[1] != '\t')
                doubtful.push_back(std::to_string(start.lines + 1) + " " + line);
            ++start.comments;
        } else {
            break;
        }
        first = first && blank(line);
        take_line(next);
        line.clear();
    }
    if (blank(line) || line.empty()) {
        start.lines = 0;
        fail(start.comments > 0 ? "there are comments and nothing after them; there should be " + expected
                                : "the file is empty; it should hold " + expected);
    }
    auto text = trimmed(line);
    if (start.form == table_form::matrix_market) {
        const auto counts = pieces_of(text);
        if (counts.size() != 3 ||
            std::from_chars(counts[2].data(), counts[2].data() + counts[2].size(), start.promised).ptr !=
                counts[2].data() + counts[2].size())
            fail("the line of counts should be `rows columns entries`, but is " + quote(text));
        start.promise_line = start.lines + 1;
        take_line(source.peek_line());
        separator = " ";
    } else if (text.starts_with('{') && options.separator.empty()) {
        start.form = table_form::json_lines;
    } else if (text.size() > 1 && text.ends_with(':') && options.separator.empty() &&
               text.find_first_not_of("0123456789") == text.size() - 1) {
        start.form = table_form::netflix;
        separator = ",";
    }
    if (separator.empty()) {
        std::string doubt;
        separator = find_separator(text, doubt, is_name);
        const auto shown = [](const std::string& s) {
            return s == " " ? std::string("blanks") : "'" + s + "'";
        };
        if (!doubt.empty())
            fail(shown(separator) + " and " + shown(doubt) +
                 " could both be the separator; name it with .separator");
    }
    start.how.separator = separator.empty() ? "," : separator;
    start.how.quotes = start.form == table_form::netflix ? dialect::quote_rule::off
                                                         : quote_rule_of(start.how.separator, options.quotes);
    start.how.quotes_said = options.quotes != quotes::detect;
    start.how.comments = options.comments.value_or("");

    if (!doubtful.empty() && start.form == table_form::text) {
        record_reader records(line, start.how);
        try {
            records.next();
        } catch (const row_failure&) {}
        const auto width = records.fields().size();
        for (const auto& said : doubtful) {
            const auto number = said.substr(0, said.find(' '));
            record_reader other(std::string_view(said).substr(number.size() + 2), start.how);
            try {
                other.next();
            } catch (const row_failure&) {}
            if (other.fields().size() == width && width > 1)
                throw format_error(
                    name + ":" + number +
                    ": this line may be a comment, a header or a row; choose .comments = \"#\" to "
                    "skip it, or .comments = \"\" to read it");
        }
    }
    return start;
}

} // namespace graft::inline v0_1::detail
