#pragma once

#include <algorithm>
#include <cstddef>
#include <deque>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <graft/core/error.hpp>

namespace graft::detail {

/// Cuts text into records and fields. Fields are separated by any string; with a single character other than
/// '|' they may be quoted as RFC 4180 says, over several lines too. Blanks around an unquoted field do not
/// belong to it, and blank lines are no records.
class record_reader {
public:
    record_reader(std::string_view text, std::string name, std::string separator)
        : text_(text), name_(std::move(name)), separator_(std::move(separator)),
          quotes_(separator_.size() == 1 && separator_ != "|") {}

    /// Moves to the next record; false at the end. Throws format_error for a broken quote.
    bool next() {
        fields_.clear();
        unescaped_.clear();
        skip_blank_lines();
        if (at_ == text_.size()) return false;
        record_line_ = line_;
        while (next_field())
            if (fields_.size() == most_fields)
                fail("the line has more than " + std::to_string(most_fields) +
                     " fields; is the separator the right one?");
        return true;
    }

    /// Valid until the next call of next().
    [[nodiscard]] const std::vector<std::string_view>& fields() const noexcept { return fields_; }

    /// Where the record starts, counted from 1.
    [[nodiscard]] std::size_t line() const noexcept { return record_line_; }

    [[noreturn]] void fail(const std::string& what) const { fail_at(record_line_, what); }
    [[noreturn]] void fail_at(std::size_t line, const std::string& what) const {
        throw format_error(name_ + ":" + std::to_string(line) + ": " + what);
    }

private:
    /// More than any table has; a view of each field is kept.
    static constexpr std::size_t most_fields = 65'536;

    static bool blank(char c) noexcept { return c == ' ' || c == '\t' || c == '\r'; }

    void skip_blank_lines() noexcept {
        for (std::size_t ahead = at_; ahead < text_.size(); ++ahead) {
            if (text_[ahead] == '\n') {
                ++line_;
                at_ = ahead + 1;
            } else if (!blank(text_[ahead])) {
                return;
            }
        }
        at_ = text_.size();
    }

    /// Takes one field and what ends it; false at the end of the record.
    bool next_field() {
        if (quotes_) {
            std::size_t ahead = at_;
            while (ahead < text_.size() && text_[ahead] == ' ' && separator_ != " ") ++ahead;
            if (ahead < text_.size() && text_[ahead] == '"') return quoted_field(ahead + 1);
        }
        std::size_t end = at_;
        const char first = separator_.front();
        while (end < text_.size() && text_[end] != '\n' && !(text_[end] == first && separator_at(end))) ++end;
        std::size_t from = at_;
        std::size_t to = end;
        while (from < to && blank(text_[from])) ++from;
        while (to > from && blank(text_[to - 1])) --to;
        fields_.push_back(text_.substr(from, to - from));
        return past(end);
    }

    bool quoted_field(std::size_t from) {
        const std::size_t opened = line_;
        std::size_t end = from;
        bool doubled = false;
        for (;; ++end) {
            if (end == text_.size()) fail_at(opened, "a quote is opened here and never closed");
            if (text_[end] == '\n') ++line_;
            if (text_[end] != '"') continue;
            if (end + 1 == text_.size() || text_[end + 1] != '"') break;
            doubled = true;
            ++end;
        }
        std::string_view field = text_.substr(from, end - from);
        if (doubled) {
            std::string plain;
            for (std::size_t i = 0; i < field.size(); ++i) {
                plain.push_back(field[i]);
                if (field[i] == '"') ++i;
            }
            unescaped_.push_back(std::move(plain));
            field = unescaped_.back();
        }
        fields_.push_back(field);
        ++end;
        while (end < text_.size() && blank(text_[end]) && !separator_at(end)) ++end;
        if (end < text_.size() && text_[end] != '\n' && !separator_at(end))
            fail_at(line_, "text follows a closing quote; a quote inside a quoted field is written twice");
        return past(end);
    }

    [[nodiscard]] bool separator_at(std::size_t at) const noexcept {
        return separator_.size() == 1 ? text_[at] == separator_.front()
                                      : text_.substr(at).starts_with(separator_);
    }

    /// Steps over what ends a field; true if it is a separator.
    bool past(std::size_t end) noexcept {
        const bool more = end < text_.size() && text_[end] != '\n';
        if (more)
            at_ = end + separator_.size();
        else
            at_ = (std::min)(end + 1, text_.size());
        if (!more && end < text_.size()) ++line_;
        return more;
    }

    std::string_view text_;
    std::string name_;
    std::string separator_;
    bool quotes_;
    std::size_t at_ = 0;
    std::size_t line_ = 1;
    std::size_t record_line_ = 1;
    std::vector<std::string_view> fields_;
    std::deque<std::string> unescaped_;
};

/// The separator of the first line that is not blank: a tab or "::" if it has one, otherwise the most
/// frequent of comma, semicolon and bar outside quotes; empty if it has none, and throws format_error if two
/// are equally frequent; option is where the user can name it.
[[nodiscard]] inline std::string find_separator(std::string_view text, const std::string& name,
                                                const std::string& option) {
    const auto first = text.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos) return {};
    const auto line = text.substr(first, text.find('\n', first) - first);
    for (const char* sure : {"\t", "::"})
        if (line.find(sure) != std::string_view::npos) return sure;
    constexpr std::string_view candidates = ",;|";
    std::size_t count[candidates.size()] = {};
    bool inside = false;
    for (const char c : line) {
        if (c == '"') inside = !inside;
        const auto which = candidates.find(c);
        if (!inside && which != std::string_view::npos) ++count[which];
    }
    const auto most = static_cast<std::size_t>(std::max_element(std::begin(count), std::end(count)) - count);
    if (count[most] == 0) return {};
    for (std::size_t other = most + 1; other < candidates.size(); ++other)
        if (count[other] == count[most])
            throw format_error(name + ":1: '" + candidates[most] + "' and '" + candidates[other] +
                               "' could both be the separator; name it with " + option);
    return std::string(1, candidates[most]);
}

/// Throws argument_error for a separator that cannot be one.
inline void check_separator(const std::string& reader, const std::string& separator) {
    for (const char c : separator)
        if (c == '"' || c == '\n' || c == '\r')
            throw argument_error(reader + ": a separator must not contain quotes or line ends");
}

} // namespace graft::detail
