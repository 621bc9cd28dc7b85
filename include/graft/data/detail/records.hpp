#pragma once

#include <algorithm>
#include <cstddef>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <graft/core/detail/message.hpp>
#include <graft/data/detail/dialect.hpp>

namespace graft::inline v0_1::detail {

/// What is wrong with a record; lines are counted from 1 in the text that is read.
struct row_failure {
    std::size_t line;
    std::string what;
};

[[nodiscard]] inline bool is_blank(char c) noexcept { return c == ' ' || c == '\t' || c == '\r'; }
[[nodiscard]] inline std::string_view trimmed(const char* from, const char* to) noexcept {
    const auto perhaps = [](char c) { return static_cast<unsigned char>(c) <= ' '; };
    if (from != to && (perhaps(*from) || perhaps(to[-1]))) {
        while (from != to && is_blank(*from)) ++from;
        while (to != from && is_blank(to[-1])) --to;
    }
    return {from, static_cast<std::size_t>(to - from)};
}

/// More than any table has; a view of each field is kept.
inline constexpr std::size_t most_fields = 65'536;
[[nodiscard]] inline row_failure too_many_fields(std::size_t line) {
    return {line,
            message("the line has more than ", most_fields, " fields; is the separator the right one?")};
}

/// Cuts text into records and fields. Blanks around an unquoted field do not belong to it; blank lines and
/// comments are no records. next() throws row_failure for a record that is broken, and the one after that goes
/// on with the line below.
class record_reader {
public:
    record_reader(std::string_view text, const dialect& how)
        : how_(&how), blanks_(how.blanks()), single_(how.separator.size() == 1), first_(how.separator[0]) {
        reset(text);
    }

    /// Starts anew on another text.
    void reset(std::string_view text) {
        text_ = text;
        at_ = 0;
        line_ = record_line_ = 1;
        comments_ = blank_lines_ = 0;
        width_ = 0;
        unescaped_.clear();
        unclosed_ = false;
        failed_before_ = 0;
    }

    /// Moves to the next record; false at the end.
    bool next() {
        width_ = 0;
        if (!skip_to_record()) return false;
        record_line_ = line_;
        record_start_ = at_;
        if (blanks_) {
            while (next_piece()) check_width();
            return true;
        }
        while (next_field()) check_width();
        return true;
    }

    /// Valid until the next call of next(), their characters as long as the text and this.
    [[nodiscard]] std::span<const std::string_view> fields() const noexcept {
        return {fields_.data(), width_};
    }

    /// Where the record starts, counted from 1.
    [[nodiscard]] std::size_t line() const noexcept { return record_line_; }
    /// Its text with all line ends.
    [[nodiscard]] std::string_view text() const noexcept {
        return text_.substr(record_start_, at_ - record_start_);
    }
    /// Whether it lies on one line; false where a quoted field runs over several.
    [[nodiscard]] bool single_line() const noexcept { return line_ - record_line_ <= 1; }
    /// Line ends passed so far.
    [[nodiscard]] std::size_t lines() const noexcept { return line_ - 1; }
    /// Bytes passed so far.
    [[nodiscard]] std::size_t position() const noexcept { return at_; }
    [[nodiscard]] std::size_t comments() const noexcept { return comments_; }
    [[nodiscard]] std::size_t blank_lines() const noexcept { return blank_lines_; }
    /// Whether the last failure was a quote that the text does not close.
    [[nodiscard]] bool unclosed() const noexcept { return unclosed_; }
    /// The end of the line with what made the last failure, where that is not the line that next() goes on with.
    [[nodiscard]] std::size_t failed_before() const noexcept { return failed_before_; }

    [[noreturn]] void fail(const std::string& what) const { throw row_failure{record_line_, what}; }

private:
    [[nodiscard]] std::size_t line_end(std::size_t from) const noexcept {
        if (from >= text_.size()) return text_.size();
        const void* const end = std::memchr(text_.data() + from, '\n', text_.size() - from);
        return end == nullptr ? text_.size()
                              : static_cast<std::size_t>(static_cast<const char*>(end) - text_.data());
    }
    void to_next_line(std::size_t from) noexcept {
        const auto end = line_end(from);
        at_ = (std::min)(end + 1, text_.size());
        if (end < text_.size()) ++line_;
    }

    bool skip_to_record() noexcept {
        while (at_ < text_.size()) {
            const char first = text_[at_];
            if (first > ' ' && how_->comments.empty()) return true; // nearly always
            if (how_->comments.find(first) != std::string::npos) {
                ++comments_;
                to_next_line(at_);
                continue;
            }
            std::size_t ahead = at_;
            while (ahead < text_.size() && is_blank(text_[ahead])) ++ahead;
            if (ahead < text_.size() && text_[ahead] != '\n') return true;
            ++blank_lines_;
            to_next_line(ahead);
        }
        return false;
    }

    void add(std::string_view field) {
        if (width_ == fields_.size()) fields_.resize(2 * width_ + 4);
        fields_[width_++] = field;
    }

    void check_width() {
        if (width_ < most_fields) return;
        to_next_line(at_);
        throw too_many_fields(record_line_);
    }

    /// Takes one field and what ends it; false at the end of the record.
    bool next_field() {
        if (how_->quotes != dialect::quote_rule::off) {
            std::size_t ahead = at_;
            while (ahead < text_.size() && text_[ahead] == ' ') ++ahead;
            if (ahead < text_.size() && text_[ahead] == '"')
                if (const auto end = quoted_field(ahead + 1)) return past(*end);
        }
        const char* const start = text_.data() + at_;
        const char* const stop = text_.data() + text_.size();
        const char* end = start;
        const char first = first_;
        if (single_)
            while (end != stop && *end != '\n' && *end != first) ++end;
        else
            while (end != stop && *end != '\n' &&
                   !(*end == first && separator_at(static_cast<std::size_t>(end - text_.data()))))
                ++end;
        add(trimmed(start, end));
        return past(static_cast<std::size_t>(end - text_.data()));
    }

    /// The same between blanks.
    bool next_piece() {
        while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
        if (at_ == text_.size() || text_[at_] == '\n') return past(at_);
        std::optional<std::size_t> end;
        if (how_->quotes != dialect::quote_rule::off && text_[at_] == '"') end = quoted_field(at_ + 1);
        if (!end) {
            end = at_;
            while (*end < text_.size() && text_[*end] != '\n' && !is_blank(text_[*end])) ++*end;
            add(text_.substr(at_, *end - at_));
        }
        at_ = *end;
        return true;
    }

    /// Whether a field ends here, blanks before its end apart.
    [[nodiscard]] bool field_ends(std::size_t at) const noexcept {
        if (blanks_) return at == text_.size() || text_[at] == '\n' || is_blank(text_[at]);
        while (at < text_.size() && is_blank(text_[at]) && !separator_at(at)) ++at;
        return at == text_.size() || text_[at] == '\n' || separator_at(at);
    }

    /// Takes the field whose first quote is before `from`, and gives where it ends; nothing if by the rule of
    /// fields the quote is a character as others.
    std::optional<std::size_t> quoted_field(std::size_t from) {
        const bool over_lines = how_->quotes == dialect::quote_rule::record;
        bool escaped = false;
        std::size_t backslashed = 0; // quotes \" so far; where they are odd, an inner quotation is open
        std::size_t line_ends = 0;
        std::size_t end = from;
        for (;; ++end) {
            while (end < text_.size() && text_[end] != '"' && text_[end] != '\n') ++end;
            if (end == text_.size() || (text_[end] == '\n' && !over_lines)) {
                if (!over_lines) return std::nullopt;
                unclosed_ = true;
                to_next_line(from);
                fail("a quote is opened here and never closed; if quotes are characters as others in this "
                     "file, choose .quotes = graft::quotes::off");
            }
            if (text_[end] == '\n') {
                ++line_ends;
                continue;
            }
            const bool doubled = end + 1 < text_.size() && text_[end + 1] == '"';
            if (end > from && text_[end - 1] == '\\') {
                const bool closes = doubled ? false : field_ends(end + 1) && backslashed % 2 == 0;
                const bool closed_behind = doubled && field_ends(end + 2);
                if (!closes && (!doubled || closed_behind)) { // \" is a quote
                    ++backslashed;
                    escaped = true;
                    continue;
                }
            }
            if (!doubled) break;
            escaped = true;
            ++end;
        }
        if (!field_ends(end + 1)) {
            if (!over_lines) return std::nullopt;
            const auto failed = line_ + line_ends;
            failed_before_ = (std::min)(line_end(end) + 1, text_.size());
            to_next_line(from); // what follows the line that opens the quote may be right
            throw row_failure{failed,
                              "text follows a closing quote; a quote inside a quoted field is written "
                              "twice, and .quotes = graft::quotes::off makes them characters as others"};
        }
        line_ += line_ends;
        add(escaped ? unescape(text_.substr(from, end - from)) : text_.substr(from, end - from));
        ++end;
        if (!blanks_)
            while (end < text_.size() && is_blank(text_[end]) && !separator_at(end)) ++end;
        return end;
    }

    std::string_view unescape(std::string_view field) {
        std::string plain;
        plain.reserve(field.size());
        for (std::size_t i = 0; i < field.size(); ++i) {
            const auto is_quote = [&](std::size_t at) { return at < field.size() && field[at] == '"'; };
            // "" or \", but not \"", which is a backslash and a doubled quote
            const bool escapes = field[i] == '"' || (field[i] == '\\' && !is_quote(i + 2));
            if (escapes && is_quote(i + 1)) ++i;
            plain.push_back(field[i]);
        }
        return unescaped_.emplace_back(std::move(plain));
    }

    [[nodiscard]] bool separator_at(std::size_t at) const noexcept {
        return single_ ? text_[at] == first_ : text_.substr(at).starts_with(how_->separator);
    }

    /// Steps over what ends a field; true if it is a separator.
    bool past(std::size_t end) noexcept {
        const bool more = end < text_.size() && text_[end] != '\n';
        if (more)
            at_ = end + how_->separator.size();
        else
            at_ = (std::min)(end + 1, text_.size());
        if (!more && end < text_.size()) ++line_;
        return more;
    }

    std::string_view text_;
    const dialect* how_;
    bool blanks_;
    bool single_; // the separator is the character first_
    char first_;
    std::size_t at_ = 0;
    std::size_t line_ = 1;
    std::size_t record_line_ = 1;
    std::size_t record_start_ = 0;
    std::size_t comments_ = 0;
    std::size_t blank_lines_ = 0;
    bool unclosed_ = false;
    std::size_t failed_before_ = 0;
    std::vector<std::string_view> fields_; // the first width_ of them
    std::size_t width_ = 0;
    std::deque<std::string> unescaped_;
};

/// The line of a record over several lines, counted from 1 in its text, that reads as a row of its own where
/// quotes are characters: most likely the record is two stray quotes and all between them. is_row(fields):
/// whether fields without quotes make a row.
template <class IsRow>
[[nodiscard]] std::optional<std::size_t> row_within(const record_reader& record, const dialect& how,
                                                    IsRow&& is_row) {
    if (record.single_line() || how.quotes_said || how.quotes != dialect::quote_rule::record)
        return std::nullopt;
    auto plain = how;
    plain.quotes = dialect::quote_rule::off;
    auto text = record.text();
    const auto skipped = text.find('\n') + 1;
    record_reader inner(text.substr(skipped), plain);
    while (inner.next())
        if (is_row(inner.fields())) return inner.line() + 1;
    return std::nullopt;
}
[[nodiscard]] inline std::string row_within_message(std::size_t line) {
    return message("a quote opened here runs over the end of the line, and the line ", line - 1,
                   " below reads as a row; choose .quotes = graft::quotes::off if quotes are characters as "
                   "others, or on if that line belongs to the field");
}

} // namespace graft::inline v0_1::detail
