#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <graft/core/detail/utf8.hpp>

namespace graft::inline v0_1 {

/// Cuts a text into the words that are looked up. Empty: title_words.
using tokenizer = std::function<std::vector<std::string>(std::string_view)>;

namespace detail {

struct title_parts {
    std::string_view name;
    std::optional<int> year{};
};

/// "Postino, Il (1994)" is "Postino, Il" and 1994.
[[nodiscard]] inline title_parts split_title(std::string_view title) noexcept {
    std::string_view rest = title;
    while (!rest.empty() && rest.back() == ' ') rest.remove_suffix(1);
    if (rest.size() < 6 || rest.back() != ')' || rest[rest.size() - 6] != '(') return {title};
    int year = 0;
    for (const char digit : rest.substr(rest.size() - 5, 4)) {
        if (digit < '0' || digit > '9') return {title};
        year = year * 10 + (digit - '0');
    }
    return {rest.substr(0, rest.size() - 6), year};
}

/// The code point of a valid character of UTF-8.
[[nodiscard]] inline char32_t code_point(std::string_view character) noexcept {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(character[i]); };
    if (character.size() == 1) return byte(0);
    char32_t code = byte(0) & (0xffU >> (character.size() + 1));
    for (std::size_t i = 1; i < character.size(); ++i) code = code << 6U | (byte(i) & 0x3fU);
    return code;
}

inline void append_utf8(std::string& text, char32_t code) {
    const auto add = [&](char32_t bits) { text += static_cast<char>(static_cast<unsigned char>(bits)); };
    if (code < 0x80) return add(code);
    if (code < 0x800)
        add(0xc0 | code >> 6U);
    else {
        if (code < 0x10000)
            add(0xe0 | code >> 12U);
        else {
            add(0xf0 | code >> 18U);
            add(0x80 | (code >> 12U & 0x3f));
        }
        add(0x80 | (code >> 6U & 0x3f));
    }
    add(0x80 | (code & 0x3f));
}

/// All but what is known not to be a letter: ASCII's and Latin-1's signs, general punctuation, arrows, boxes
/// and other symbols (U+2000 to U+2BFF), CJK punctuation and full-width signs.
[[nodiscard]] inline bool is_letter(char32_t c) noexcept {
    if (c < 0x80) return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (c < 0xc0) return c == 0xaa || c == 0xb5 || c == 0xba;
    if (c == 0xd7 || c == 0xf7) return false;
    return !(c >= 0x2000 && c <= 0x2bff) && !(c >= 0x3000 && c <= 0x303f) && !(c >= 0xff00 && c <= 0xff20) &&
           c != 0xfffd;
}

/// Lower case in Latin (to U+017F), Greek and Cyrillic; other letters stay.
[[nodiscard]] inline char32_t lower_case(char32_t c) noexcept {
    if ((c >= 'A' && c <= 'Z') || (c >= 0xc0 && c <= 0xde && c != 0xd7)) return c + 0x20;
    if ((c >= 0x100 && c <= 0x137 && c != 0x130 && c != 0x131) || (c >= 0x14a && c <= 0x177)) return c | 1U;
    if ((c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17e)) return c + (c & 1U);
    if (c == 0x178) return 0xff;
    if ((c >= 0x391 && c <= 0x3a9 && c != 0x3a2) || (c >= 0x410 && c <= 0x42f)) return c + 0x20;
    if (c >= 0x400 && c <= 0x40f) return c + 0x50;
    return c;
}

} // namespace detail

/// The year at the end of a title such as "Toy Story (1995)", if there is one.
[[nodiscard]] inline std::optional<int> release_year(std::string_view title) noexcept {
    return detail::split_title(title).year;
}

/// The default tokenizer: runs of letters in lower case, without the year at the end. Letters beyond ASCII
/// are kept; bytes that are not UTF-8 separate words. "Postino, Il (1994)" gives postino, il.
struct title_words {
    bool digits = false; ///< whether digits count as letters

    [[nodiscard]] std::vector<std::string> operator()(std::string_view text) const {
        std::vector<std::string> words;
        std::string word;
        const auto finish = [&] {
            if (!word.empty()) words.push_back(word);
            word.clear();
        };
        std::string_view rest = detail::split_title(text).name;
        while (!rest.empty()) {
            const auto step = detail::utf8_front(rest);
            const char32_t c = step.valid ? detail::code_point(rest.substr(0, step.bytes)) : U' ';
            rest.remove_prefix(step.bytes);
            if (detail::is_letter(c) || (digits && c >= U'0' && c <= U'9'))
                detail::append_utf8(word, detail::lower_case(c));
            else
                finish();
        }
        finish();
        return words;
    }
};

} // namespace graft::inline v0_1
