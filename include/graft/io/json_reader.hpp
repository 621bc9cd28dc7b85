#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <graft/core/detail/message.hpp>
#include <graft/core/detail/utf8.hpp>
#include <graft/core/string_index.hpp>
#include <graft/io/file_place.hpp>

namespace graft::detail {

/// Reads the JSON of file headers, in the order in which it is written. Throws format_error.
class json_reader {
public:
    /// before: where the text starts in the file, for messages.
    json_reader(std::string_view text, std::string file, std::size_t before)
        : text_(text), file_(std::move(file)), before_(before) {}

    [[noreturn]] void fail(const std::string& what) const { fail_at(file_, {false, before_ + at_}, what); }

    /// Calls take(key) before each value; take has to read or skip it. A name may come only once: of two
    /// values, each program takes the one that it likes.
    template <class Take>
    void object(Take&& take) {
        expect('{');
        if (accept('}')) return;
        string_index keys;
        do {
            const std::string key = string();
            if (!keys.insert(key).second)
                fail(message("the name ", quote(key),
                             " comes twice in the header's JSON; the file is damaged"));
            expect(':');
            take(key);
        } while (accept(','));
        expect('}');
    }

    /// A list of whole numbers, of which there may be 64.
    [[nodiscard]] std::vector<std::uint64_t> counts() {
        std::vector<std::uint64_t> values;
        expect('[');
        if (accept(']')) return values;
        do {
            blank();
            std::uint64_t value = 0;
            const char* const from = text_.data() + at_;
            const auto [end, failure] = std::from_chars(from, text_.data() + text_.size(), value);
            if (failure != std::errc()) fail("a whole number is expected in the header's JSON");
            at_ += static_cast<std::size_t>(end - from);
            if (values.size() == 64) fail("a list in the header's JSON has more than 64 numbers");
            values.push_back(value);
        } while (accept(','));
        expect(']');
        return values;
    }

    [[nodiscard]] std::string string() {
        expect('"');
        std::string value;
        for (;;) {
            if (at_ >= text_.size()) fail("a string in the header's JSON does not end");
            const char letter = text_[at_++];
            if (letter == '"') return value;
            value += letter == '\\' ? escape() : std::string(1, letter);
        }
    }

    /// Skips one value, objects and lists up to 64 deep.
    void skip(int depth = 0) {
        if (depth > 64) fail("the header's JSON is nested too deeply");
        blank();
        if (at_ >= text_.size()) fail("the header's JSON is cut off");
        if (text_[at_] == '"') {
            static_cast<void>(string());
        } else if (text_[at_] == '{') {
            object([&](const std::string&) { skip(depth + 1); });
        } else if (accept('[')) {
            if (accept(']')) return;
            do skip(depth + 1);
            while (accept(','));
            expect(']');
        } else { // a number, true, false, null
            const auto from = at_;
            while (at_ < text_.size() &&
                   std::string_view("+-.0123456789aeEflnrstu").find(text_[at_]) != std::string_view::npos)
                ++at_;
            if (at_ == from) fail("a value is expected in the header's JSON");
        }
    }

    void end() {
        blank();
        if (at_ != text_.size()) fail("something follows the header's JSON");
    }

private:
    void blank() {
        while (at_ < text_.size() && std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos)
            ++at_;
    }
    [[nodiscard]] bool accept(char letter) {
        blank();
        if (at_ >= text_.size() || text_[at_] != letter) return false;
        ++at_;
        return true;
    }
    void expect(char letter) {
        if (!accept(letter))
            fail(message("'", std::string(1, letter),
                         "' is expected in the header's JSON; the file is damaged"));
    }

    [[nodiscard]] std::string escape() {
        if (at_ >= text_.size()) fail("a string in the header's JSON does not end");
        const char letter = text_[at_++];
        switch (letter) {
        case 'n':
            return "\n";
        case 't':
            return "\t";
        case 'r':
            return "\r";
        case 'b':
            return "\b";
        case 'f':
            return "\f";
        case 'u':
            break;
        default:
            return std::string(1, letter);
        }
        std::uint32_t code = utf16_unit();
        if (code >= 0xd800 && code < 0xdc00 && text_.substr(at_, 2) == "\\u") { // the first half of a pair
            at_ += 2;
            const auto low = utf16_unit();
            if (low < 0xdc00 || low > 0xdfff) fail("half a UTF-16 pair in the header's JSON");
            code = 0x10000 + ((code - 0xd800) << 10U) + (low - 0xdc00);
        }
        const auto byte = [](std::uint32_t bits) { return static_cast<char>(bits); };
        const auto tail = [&](unsigned shift) { return byte(0x80U | ((code >> shift) & 0x3fU)); };
        if (code < 0x80) return {byte(code)};
        if (code < 0x800) return {byte(0xc0U | code >> 6U), tail(0)};
        if (code < 0x10000) return {byte(0xe0U | code >> 12U), tail(6), tail(0)};
        return {byte(0xf0U | code >> 18U), tail(12), tail(6), tail(0)};
    }

    [[nodiscard]] std::uint32_t utf16_unit() {
        std::uint32_t unit = 0;
        const char* const from = text_.data() + at_;
        if (text_.size() - at_ < 4 || std::from_chars(from, from + 4, unit, 16).ptr != from + 4)
            fail("\\u needs four hexadecimal digits in the header's JSON");
        at_ += 4;
        return unit;
    }

    std::string_view text_;
    std::string file_;
    std::size_t before_;
    std::size_t at_ = 0;
};

} // namespace graft::detail
