#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <graft/core/error.hpp>

namespace graft::detail {

/// The text without its byte order mark. Throws format_error for content that is no text or holds none;
/// expected says in a few words what should be there.
[[nodiscard]] inline std::string_view checked_text(std::string_view text, const std::string& name,
                                                   const std::string& expected) {
    if (text.starts_with("\x1f\x8b"))
        throw format_error(name + ": byte 0: the file is gzipped; unpack it first (gunzip)");
    if (text.starts_with("PK\x03\x04"))
        throw format_error(name + ": byte 0: the file is a zip archive; unpack it first (unzip)");
    if (text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff"))
        throw format_error(name + ": byte 0: the text is UTF-16; save it as UTF-8");
    if (const auto zero = text.find('\0'); zero != std::string_view::npos)
        throw format_error(name + ": byte " + std::to_string(zero) +
                           ": a zero byte: this is no text, so it holds no " + expected);
    if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
    const auto first = text.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos)
        throw format_error(name + ":1: the file is empty; it should hold " + expected);
    if (text[first] == '<')
        throw format_error(name + ":1: the file is a web page (HTML or XML); it should hold " + expected);
    return text;
}

} // namespace graft::detail
