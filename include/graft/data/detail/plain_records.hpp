#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <graft/core/host_device.hpp>
#include <graft/data/detail/delimiters.hpp>
#include <graft/data/detail/dialect.hpp>
#include <graft/data/detail/records.hpp>

namespace graft::inline v0_1::detail {

/// Cuts text without quoted fields, and with one character between fields, as record_reader does, but with fewer
/// branches: most files are like this.
class plain_records {
public:
    [[nodiscard]] static bool can_read(std::string_view text, const dialect& how) noexcept {
        return how.separator.size() == 1 && !how.blanks() && text.size() < 0xffff'ffffU &&
               (how.quotes == dialect::quote_rule::off || text.find('"') == std::string_view::npos);
    }

    /// text: one that can_read accepts.
    plain_records(std::string_view text, const dialect& how)
        : how_(&how), at_(text.data()), stop_(text.data() + text.size()),
          ends_(text, how.separator[0], '\n') {}

    GRAFT_ALWAYS_INLINE bool next() {
        while (at_ != stop_) {
            line_ = lines_ + 1;
            const char* const line = at_;
            if (!how_->comments.empty() && how_->comments.find(*line) != std::string::npos) {
                to_next_line();
                ++comments_;
                continue;
            }
            // In variables of this function, as those of the object would be read and written for each field.
            const char* const stop = stop_;
            std::string_view* to = fields_.data();
            const std::string_view* room = to + fields_.size();
            const char* from = line;
            const char* end = nullptr;
            for (;; from = end + 1) {
                end = ends_.next();
                if (to == room) {
                    at_ = end;
                    to = more_fields();
                    room = fields_.data() + fields_.size();
                }
                *to++ = trimmed(from, end);
                if (end == stop || *end == '\n') break;
            }
            pass(end);
            width_ = static_cast<std::size_t>(to - fields_.data());
            if (!fields_[0].empty() || !std::all_of(line, end, is_blank)) return true;
            ++blank_lines_;
        }
        return false;
    }

    /// Valid until the next call of next(), their characters as long as the text.
    [[nodiscard]] std::span<const std::string_view> fields() const noexcept {
        return {fields_.data(), width_};
    }
    /// Counted from 1.
    [[nodiscard]] std::size_t line() const noexcept { return line_; }
    /// Line ends passed so far.
    [[nodiscard]] std::size_t lines() const noexcept { return lines_; }
    [[nodiscard]] std::size_t comments() const noexcept { return comments_; }
    [[nodiscard]] std::size_t blank_lines() const noexcept { return blank_lines_; }

    [[noreturn]] void fail(const std::string& what) const { throw row_failure{line_, what}; }

private:
    /// end: of a line.
    void pass(const char* end) noexcept {
        at_ = end == stop_ ? stop_ : end + 1;
        lines_ += end == stop_ ? 0 : 1;
    }
    void to_next_line() noexcept {
        const char* end = nullptr;
        do end = ends_.next();
        while (end != stop_ && *end != '\n');
        pass(end);
    }
    /// Room for one more than there are, and where it begins.
    [[nodiscard]] std::string_view* more_fields() {
        const auto width = fields_.size();
        if (width == most_fields) {
            if (at_ == stop_ || *at_ == '\n')
                pass(at_);
            else
                to_next_line();
            throw too_many_fields(line_);
        }
        fields_.resize((std::min)(2 * width + 4, most_fields));
        return fields_.data() + width;
    }

    const dialect* how_;
    const char* at_; // where the next line begins
    const char* stop_;
    delimiters ends_;
    std::size_t line_ = 0;
    std::size_t lines_ = 0;
    std::size_t comments_ = 0;
    std::size_t blank_lines_ = 0;
    std::vector<std::string_view> fields_; // the first width_ of them
    std::size_t width_ = 0;
};

} // namespace graft::inline v0_1::detail
