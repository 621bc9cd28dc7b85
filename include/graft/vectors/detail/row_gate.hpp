#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include <graft/core/detail/finite.hpp>
#include <graft/core/detail/utf8.hpp>
#include <graft/io/file_place.hpp>
#include <graft/vectors/detail/row_collector.hpp>
#include <graft/vectors/read_options.hpp>

namespace graft::inline v0_1::detail {

/// Applies the options to rows that come one at a time, and counts what becomes of them.
class row_gate {
public:
    row_gate(std::string name, const read_options& options, read_report& report)
        : name_(std::move(name)), options_(options), filter_(options), report_(report) {}

    /// Whether the row of this word is wanted; the word is changed where bytes are to be replaced.
    [[nodiscard]] bool wants(std::string_view& word, file_place place) {
        ++report_.read;
        if (options_.invalid_utf8 != on_invalid_utf8::keep && !is_utf8(word)) {
            if (options_.invalid_utf8 == on_invalid_utf8::error)
                fail_at(name_, place, not_utf8_message(word));
            ++report_.invalid_utf8;
            replaced_ = replace_invalid_utf8(word);
            word = replaced_;
        }
        if (filter_.wants(word)) return true;
        ++report_.unwanted;
        return false;
    }

    /// Whether a row with these floats, aligned or not, may be kept.
    [[nodiscard]] bool accepts(std::string_view word, const char* numbers, std::size_t dim,
                               file_place place) {
        if (all_finite<float>(numbers, dim)) return true;
        if (options_.non_finite == on_non_finite::error) fail_at(name_, place, non_finite_message(word));
        ++report_.non_finite;
        return false;
    }

private:
    std::string name_;
    const read_options& options_;
    word_filter filter_;
    read_report& report_;
    std::string replaced_;
};

} // namespace graft::inline v0_1::detail
