#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <graft/core/error.hpp>
#include <graft/io/float_text.hpp>
#include <graft/io/text_lines.hpp>
#include <graft/vectors/detail/row_collector.hpp>
#include <graft/vectors/read_options.hpp>

namespace graft::inline v0_1::detail {

/// The number that fills the whole field, as parse_float reads it.
[[nodiscard]] inline bool parse_field(std::string_view field, float& value) {
    return !field.empty() &&
           parse_float(field.data(), field.data() + field.size(), value) == field.data() + field.size();
}

/// How many fields at the end of a line are numbers; one field at least is left for the word.
[[nodiscard]] inline std::size_t count_numbers(std::string_view line) {
    std::size_t count = 0;
    float ignored = 0;
    for (line = trimmed(line);; ++count) {
        const auto space = line.rfind(' ');
        if (space == std::string_view::npos || !parse_field(line.substr(space + 1), ignored)) return count;
        line = without_outer_spaces(line.substr(0, space));
    }
}

/// Without sign, point and exponent.
[[nodiscard]] inline bool is_plain_integer(std::string_view field) noexcept {
    return !field.empty() && field.find_first_not_of("0123456789") == std::string_view::npos;
}

/// Whether a word that is followed by its numbers can be told from them, where it ends with numbers itself: these are
/// plain integers, as in "Toy Story 2".
[[nodiscard]] inline bool ends_before_its_numbers(std::string_view word) {
    float ignored = 0;
    for (auto space = word.rfind(' '); space != std::string_view::npos; space = word.rfind(' ')) {
        const auto field = word.substr(space + 1);
        if (!parse_field(field, ignored)) return true;
        if (!is_plain_integer(field)) return false;
        word = without_outer_spaces(word.substr(0, space));
    }
    return true;
}

[[nodiscard]] inline std::size_t count_fields(std::string_view line) noexcept {
    line = trimmed(line);
    std::size_t fields = line.empty() ? 0 : 1;
    for (std::size_t i = 1; i < line.size(); ++i) fields += line[i] == ' ' && line[i - 1] != ' ';
    return fields;
}

/// Whether a line has D numbers and nothing before them.
[[nodiscard]] inline bool has_no_word(std::string_view line, std::size_t dim) {
    line = trimmed(line);
    float ignored = 0;
    return count_fields(line) == dim && count_numbers(line) + 1 == dim &&
           parse_field(line.substr(0, line.find(' ')), ignored);
}

/// Whether the first row can have the D numbers that a header promises: it ends with so many, it has no word, which
/// parsing settles, or more and the word ends with integers, which the numbers are not.
[[nodiscard]] inline bool can_have_numbers(std::string_view line, std::size_t dim) {
    const auto found = count_numbers(line);
    if (found <= dim) return found == dim || has_no_word(line, dim);
    auto word = trimmed(line);
    bool all_integers = true;
    for (std::size_t taken = 0; taken < dim; ++taken) {
        const auto space = word.rfind(' ');
        all_integers = all_integers && is_plain_integer(word.substr(space + 1));
        word = without_outer_spaces(word.substr(0, space));
    }
    return !all_integers && ends_before_its_numbers(word);
}

/// What is wrong with a line that ends with fewer than D numbers.
[[nodiscard]] inline std::string too_few_message(std::string_view line, std::size_t dim) {
    line = trimmed(line);
    const auto word = line.substr(0, line.find(' '));
    const auto fields = count_fields(line);
    const auto found = count_numbers(line);
    float ignored = 0;
    if (fields == dim && found + 1 == dim && parse_field(word, ignored))
        return message("the word is empty: the line has ", dim,
                       " numbers and nothing before them; give the row a word, or read with "
                       ".empty_words = on_empty_word::skip");
    if (line.find('\t') != std::string_view::npos)
        return message("the row of ", quote(word), " has tabs; words and numbers are separated by spaces");
    if (found == 0 && line.find(',') != std::string_view::npos)
        return message("the row of ", quote(word),
                       " has commas; words and numbers are separated by spaces, and numbers have points");
    if (fields > dim) {
        auto rest = line;
        for (std::size_t i = 0; i < found; ++i) rest = without_outer_spaces(rest.substr(0, rest.rfind(' ')));
        return message(quote(rest.substr(rest.rfind(' ') + 1)), " in the row of ", quote(word),
                       " is not a number; rows here have ", dim, " numbers");
    }
    return message("the row of ", quote(word), " has ", fields - 1, " numbers, but rows here have ", dim,
                   "; correct the row, or fetch the file again if it is cut off");
}

/// The rows of one block, parsed but not yet in their place.
struct parsed_block {
    struct row {
        std::string_view word;
        std::size_t line; // counted from 0 in the block
    };
    std::vector<row> rows;
    std::unique_ptr<float[]> numbers; // [rows x dim]
    std::size_t capacity = 0;
    std::deque<std::string> replaced_words;

    std::size_t lines = 0; // of all kinds
    std::size_t blank = 0;
    std::size_t read = 0;
    std::size_t unwanted = 0;
    std::size_t non_finite = 0;
    std::size_t empty_words = 0;
    std::size_t invalid_utf8 = 0;
    bool last_is_unk = false; // the last row's word is <unk>

    /// What is wrong with a line of the block; it counts only if all blocks before this one are right.
    std::string failed_what;
    std::size_t failed_line = 0;
};

/// Parses lines `word v1 .. vD`. Only the space and the end of the line are syntax; a '\r' before the end is
/// dropped, several spaces are one, and spaces around the row are none. D numbers are taken from the right
/// and the rest is the word, which may hold spaces. Where D comes from a header, it may end with integers, too.
class text_row_parser {
public:
    text_row_parser(std::size_t dim, bool has_header, const word_filter& filter, const read_options& options)
        : dim_(dim), has_header_(has_header), filter_(filter), non_finite_(options.non_finite),
          empty_words_(options.empty_words), invalid_utf8_(options.invalid_utf8) {}

    void parse(const text_block& block, parsed_block& to) const {
        start(block, to);
        const char* at = block.lines.data();
        const char* const end = at + block.lines.size();
        for (; at != end; ++to.lines) {
            const char* const line = at;
            float* const numbers = to.numbers.get() + to.rows.size() * dim_;
            std::string_view word = first_piece(line);
            bool finite = true;
            if (!word.empty() && word != "\r" && !may_want(word)) {
                at = line_end(line + word.size(), end);
                ++to.read;
                ++to.unwanted;
                continue;
            }
            at = word.empty() ? nullptr : parse_plain(line + word.size(), end, numbers, finite);
            if (at == nullptr) {
                at = line_end(line, end);
                const auto text = trimmed({line, static_cast<std::size_t>(at - line)});
                if (text.empty()) {
                    ++to.blank;
                    continue;
                }
                finite = true;
                if (empty_words_ == on_empty_word::skip && has_no_word(text, dim_)) {
                    ++to.read;
                    ++to.empty_words;
                    continue;
                }
                if (auto what = parse_careful(text, word, numbers, finite); !what.empty()) {
                    to.failed_what = std::move(what);
                    to.failed_line = to.lines;
                    return;
                }
            }
            ++to.read;
            if (!take(word, finite, to)) return;
        }
        note_last(block, to);
    }

private:
    void start(const text_block& block, parsed_block& to) const {
        // A row of D numbers has at least 2 D + 1 characters before its end, so that this much is enough.
        const std::size_t capacity = block.lines.size() / 2 + dim_;
        if (to.capacity < capacity) {
            to.numbers.reset(new float[capacity]);
            to.capacity = capacity;
        }
        to.rows.clear();
        to.replaced_words.clear();
        to.lines = to.blank = to.read = to.unwanted = to.non_finite = to.empty_words = to.invalid_utf8 = 0;
        to.last_is_unk = false;
        to.failed_what.clear();
    }

    /// Before the first space, so that most unwanted rows end here. Replaced bytes may make any word.
    [[nodiscard]] bool may_want(std::string_view piece) const noexcept {
        return filter_.may_want(piece) || (invalid_utf8_ == on_invalid_utf8::replace && !is_utf8(piece));
    }

    [[nodiscard]] static std::string_view first_piece(const char* line) noexcept {
        const char* at = line;
        while (*at != ' ' && *at != '\n') ++at;
        return {line, static_cast<std::size_t>(at - line)};
    }

    [[nodiscard]] static const char* line_end(const char* from, const char* end) noexcept {
        return static_cast<const char*>(std::memchr(from, '\n', static_cast<std::size_t>(end - from))) + 1;
    }

    /// The hot path: D numbers, one space before each, then the end of the line. Null for anything else.
    [[nodiscard]] const char* parse_plain(const char* at, const char* end, float* numbers,
                                          bool& finite) const {
        for (std::size_t i = 0; i < dim_; ++i) {
            if (*at != ' ') return nullptr;
            float value = 0;
            at = parse_float_padded(at + 1, end, value);
            if (at == nullptr) return nullptr;
            if (!std::isfinite(value)) finite = false;
            numbers[i] = value;
        }
        if (*at == ' ') ++at;
        if (*at == '\r') ++at;
        return *at == '\n' ? at + 1 : nullptr;
    }

    /// The same for every row that is allowed, and for the others what is wrong with them.
    [[nodiscard]] std::string parse_careful(std::string_view line, std::string_view& word, float* numbers,
                                            bool& finite) const {
        std::string_view rest = line;
        for (std::size_t taken = 0; taken < dim_; ++taken) {
            const auto space = rest.rfind(' ');
            float value = 0;
            if (space == std::string_view::npos || !parse_field(rest.substr(space + 1), value))
                return too_few_message(line, dim_);
            if (!std::isfinite(value)) finite = false;
            numbers[dim_ - 1 - taken] = value;
            rest = without_outer_spaces(rest.substr(0, space));
        }
        word = rest;
        const auto space = word.rfind(' ');
        float ignored = 0;
        if (space != std::string_view::npos && parse_field(word.substr(space + 1), ignored) &&
            !(has_header_ && ends_before_its_numbers(word)))
            return message("the row of ", quote(word.substr(0, word.find(' '))), " has ",
                           dim_ + count_numbers(word), " numbers, but rows here have ", dim_,
                           "; correct the row");
        return {};
    }

    /// Applies the options to a row that is well formed. False where reading ends with an error.
    bool take(std::string_view word, bool finite, parsed_block& to) const {
        if (invalid_utf8_ != on_invalid_utf8::keep && !is_utf8(word)) {
            if (invalid_utf8_ == on_invalid_utf8::error) {
                to.failed_what = not_utf8_message(word);
                to.failed_line = to.lines;
                return false;
            }
            ++to.invalid_utf8;
            word = to.replaced_words.emplace_back(replace_invalid_utf8(word));
        }
        if (!filter_.wants(word)) {
            ++to.unwanted;
        } else if (!finite) {
            if (non_finite_ == on_non_finite::error) {
                to.failed_what = non_finite_message(word);
                to.failed_line = to.lines;
                return false;
            }
            ++to.non_finite;
        } else {
            to.rows.push_back({word, to.lines});
        }
        return true;
    }

    static void note_last(const text_block& block, parsed_block& to) {
        auto rest = block.lines;
        while (rest.ends_with('\n') || rest.ends_with('\r') || rest.ends_with(' ')) rest.remove_suffix(1);
        const auto line = rest.substr(rest.rfind('\n') + 1); // npos + 1 is 0
        to.last_is_unk = line.starts_with("<unk> ");
    }

    std::size_t dim_;
    bool has_header_;
    const word_filter& filter_;
    on_non_finite non_finite_;
    on_empty_word empty_words_;
    on_invalid_utf8 invalid_utf8_;
};

} // namespace graft::inline v0_1::detail
