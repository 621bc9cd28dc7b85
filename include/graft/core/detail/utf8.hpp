#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <graft/core/host_device.hpp>

namespace graft::inline v0_1::detail {

/// The bytes at the front of a text that make one character of UTF-8 (Unicode 15, table 3-7), and whether
/// they do; if not, how many belong together to the broken character. The text is not empty.
struct utf8_step {
    std::size_t bytes;
    bool valid;
};

[[nodiscard]] inline utf8_step utf8_front(std::string_view text) noexcept {
    const auto byte = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned lead = byte(0);
    if (lead < 0x80) return {1, true};
    const std::size_t length = lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
    if (length == 0) return {1, false};
    const unsigned low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;  // no overlong forms
    const unsigned high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf; // no surrogates, up to U+10FFFF
    for (std::size_t i = 1; i < length; ++i) {
        if (i >= text.size()) return {i, false};
        if (byte(i) < (i == 1 ? low : 0x80) || byte(i) > (i == 1 ? high : 0xbf)) return {i, false};
    }
    return {length, true};
}

[[nodiscard]] inline bool is_utf8(std::string_view text) noexcept {
    while (!text.empty()) {
        const auto step = utf8_front(text);
        if (!step.valid) return false;
        text.remove_prefix(step.bytes);
    }
    return true;
}

/// The text with U+FFFD for each broken character.
[[nodiscard]] inline std::string replace_invalid_utf8(std::string_view text) {
    std::string valid;
    while (!text.empty()) {
        const auto step = utf8_front(text);
        if (step.valid)
            valid += text.substr(0, step.bytes);
        else
            valid += "\xef\xbf\xbd";
        text.remove_prefix(step.bytes);
    }
    return valid;
}

/// A piece of a file for a message: in quotes, cut to 60 bytes, with \xHH for what cannot be shown.
[[nodiscard]] GRAFT_COLD inline std::string quote(std::string_view text) {
    constexpr char hex[] = "0123456789abcdef";
    std::string shown = "'";
    std::string_view rest = text;
    while (!rest.empty() && text.size() - rest.size() < 60) {
        const auto step = utf8_front(rest);
        const auto byte = static_cast<unsigned char>(rest[0]);
        if (step.valid && byte >= 0x20 && byte != 0x7f) {
            shown += rest.substr(0, step.bytes);
            rest.remove_prefix(step.bytes);
        } else {
            shown += {'\\', 'x', hex[byte >> 4U], hex[byte & 15U]};
            rest.remove_prefix(1);
        }
    }
    shown += rest.empty() ? "'" : "...'";
    return shown;
}

} // namespace graft::inline v0_1::detail
