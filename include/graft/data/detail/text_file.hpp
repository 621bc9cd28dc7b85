#pragma once

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include <graft/core/error.hpp>

namespace graft::detail {

/// The bytes of a file. Throws io_error.
[[nodiscard]] inline std::string read_file(const std::filesystem::path& path) {
    const auto fail = [&](const char* what, int reason) {
        throw io_error(path.string() + ": " + what + ": " + std::strerror(reason));
    };
    errno = 0;
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.string().c_str(), "rb"),
                                                               &std::fclose);
    if (!file) fail("cannot open the file", errno);
    std::string content;
    std::error_code unknown;
    const auto expected = std::filesystem::file_size(path, unknown);
    // One byte more than expected, so that the end is met without growing; pipes and the like start small.
    content.resize(unknown ? std::size_t{1} << 16U : static_cast<std::size_t>(expected) + 1);
    std::size_t size = 0;
    for (;;) {
        size += std::fread(content.data() + size, 1, content.size() - size, file.get());
        if (size < content.size()) break;
        content.resize(content.size() * 2);
    }
    if (std::ferror(file.get()) != 0) fail("cannot read the file", errno);
    content.resize(size);
    return content;
}

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
