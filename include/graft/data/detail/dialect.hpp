#pragma once

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include <graft/core/error.hpp>
#include <graft/data/table_options.hpp>
#include <graft/io/float_text.hpp>
#include <graft/io/text_lines.hpp>

namespace graft::inline v0_1::detail {

/// How records of text are cut into fields.
struct dialect {
    /// off: a quote is a character as others. field: it is syntax where it encloses a whole field on one line.
    /// record: as RFC 4180 says, over several lines too.
    enum class quote_rule { off, field, record };

    std::string separator = ","; // never empty; " " is any number of blanks and tabs
    quote_rule quotes = quote_rule::record;
    std::string comments = {}; // characters of which any starts a line of comment
    bool quotes_said = false;  // by the caller, who then wants what looks strange

    [[nodiscard]] bool blanks() const noexcept { return separator == " "; }
};

[[nodiscard]] inline dialect::quote_rule quote_rule_of(const std::string& separator, quotes wanted) noexcept {
    using rule = dialect::quote_rule;
    if (wanted == quotes::off) return rule::off;
    if (wanted == quotes::on) return rule::record;
    if (separator == "\t" || separator == " ") return rule::field;
    return separator.size() == 1 && separator != "|" ? rule::record : rule::off;
}

/// A field that is a number, perhaps with a decimal comma.
[[nodiscard]] inline bool looks_like_number(std::string_view field) {
    std::string digits(field);
    std::replace(digits.begin(), digits.end(), ',', '.');
    float ignored = 0;
    return !digits.empty() && parse_float(digits.data(), digits.data() + digits.size(), ignored) ==
                                  digits.data() + digits.size();
}

/// The pieces of a line between blanks and tabs.
[[nodiscard]] inline std::vector<std::string_view> pieces_of(std::string_view line) {
    std::vector<std::string_view> pieces;
    constexpr std::string_view blanks = " \t\r\n";
    for (auto from = line.find_first_not_of(blanks); from != std::string_view::npos;) {
        const auto to = (std::min)(line.find_first_of(blanks, from), line.size());
        pieces.push_back(line.substr(from, to - from));
        from = line.find_first_not_of(blanks, to);
    }
    return pieces;
}

/// The separator of a line: a tab or "::" if it has one, otherwise the most frequent of comma, semicolon and
/// bar outside quotes, otherwise blanks where all pieces between them are numbers or `is_name` knows one; empty
/// if it has none. doubt: set to a second one that could be it, too.
template <class IsName>
[[nodiscard]] std::string find_separator(std::string_view line, std::string& doubt, IsName&& is_name) {
    line = trimmed(line);
    for (const char* sure : {"\t", "::"})
        if (line.find(sure) != std::string_view::npos) return sure;
    const auto pieces = pieces_of(line);
    const bool numbers = pieces.size() > 1 && std::all_of(pieces.begin(), pieces.end(), looks_like_number);
    constexpr std::string_view candidates = ",;|";
    std::size_t count[candidates.size()] = {};
    bool inside = false;
    for (const char c : line) {
        if (c == '"') inside = !inside;
        const auto which = candidates.find(c);
        if (!inside && which != std::string_view::npos) ++count[which];
    }
    const auto most = static_cast<std::size_t>(std::max_element(std::begin(count), std::end(count)) - count);
    if (count[most] == 0)
        return numbers || (pieces.size() > 1 && std::any_of(pieces.begin(), pieces.end(), is_name)) ? " "
                                                                                                    : "";
    for (std::size_t other = most + 1; other < candidates.size(); ++other)
        if (count[other] == count[most]) doubt.assign(1, candidates[other]);
    if (numbers && candidates[most] == ',') doubt.assign(1, ' ');
    return std::string(1, candidates[most]);
}

/// Throws argument_error for a separator or comment that cannot be one.
inline void check_dialect(const std::string& reader, const table_options& options) {
    for (const char c : options.separator)
        if (c == '"' || c == '\n' || c == '\r')
            throw argument_error(reader + ": a separator must not contain quotes or line ends");
    if (!options.comments) return;
    for (const char c : *options.comments)
        if (c == '\n' || c == '\r' || c == ' ' || (!options.separator.empty() && c == options.separator[0]))
            throw argument_error(reader +
                                 ": a comment must not start with a blank, a line end or the separator");
}

} // namespace graft::inline v0_1::detail
