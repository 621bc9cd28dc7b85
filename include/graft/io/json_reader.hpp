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

namespace graft::inline v0_1::detail {

/// What a value of JSON is, by its first character.
enum class json_kind { object, list, string, number, truth, null };

/// Reads JSON in the order in which it is written: the headers of files, and lines. Throws format_error, or
/// what a derived class throws.
class json_reader {
public:
    /// before: where the text starts in the file, for messages.
    json_reader(std::string_view text, std::string file, std::size_t before)
        : json_reader(text, std::move(file), before, "the header's JSON") {}
    json_reader(const json_reader&) = default;
    json_reader& operator=(const json_reader&) = default;
    virtual ~json_reader() = default;

    [[noreturn]] virtual void fail(const std::string& what) const {
        fail_at(file_, {false, before_ + at_}, what);
    }

    /// Calls take(key) before each value; take has to read or skip it. A name may come only once: of two
    /// values, each program takes the one that it likes.
    template <class Take>
    void object(Take&& take) {
        string_index keys;
        members([&](std::string_view key) {
            if (!keys.insert(key).second)
                fail(message("the name ", quote(key), " comes twice in ", what_, "; the file is damaged"));
            take(std::string(key));
        });
    }

    /// The same for names that may come more than once.
    template <class Take>
    void members(Take&& take) {
        expect('{');
        if (accept('}')) return;
        std::string storage;
        do {
            const auto key = text(storage);
            expect(':');
            take(key);
        } while (accept(','));
        expect('}');
    }

    /// Calls take() before each value of a list; take has to read or skip it.
    template <class Take>
    void list(Take&& take) {
        expect('[');
        if (accept(']')) return;
        do take();
        while (accept(','));
        expect(']');
    }

    /// A list of whole numbers, of which there may be 64.
    [[nodiscard]] std::vector<std::uint64_t> counts() {
        std::vector<std::uint64_t> values;
        list([&] {
            blank();
            std::uint64_t value = 0;
            const char* const from = text_.data() + at_;
            const auto [end, failure] = std::from_chars(from, text_.data() + text_.size(), value);
            if (failure != std::errc()) fail(message("a whole number is expected in ", what_));
            at_ += static_cast<std::size_t>(end - from);
            if (values.size() == 64) fail(message("a list in ", what_, " has more than 64 numbers"));
            values.push_back(value);
        });
        return values;
    }

    [[nodiscard]] std::string string() {
        std::string storage;
        return std::string(text(storage));
    }

    /// A string: a view of it where it is written as it is, else of storage.
    [[nodiscard]] std::string_view text(std::string& storage) {
        expect('"');
        const auto from = at_;
        while (at_ < text_.size() && text_[at_] != '"' && text_[at_] != '\\') ++at_;
        if (at_ < text_.size() && text_[at_] == '"') return text_.substr(from, at_++ - from);
        storage.assign(text_.substr(from, at_ - from));
        for (;;) {
            if (at_ >= text_.size()) fail(message("a string in ", what_, " does not end"));
            const char letter = text_[at_++];
            if (letter == '"') return storage;
            if (letter == '\\')
                storage += escape();
            else
                storage += letter;
        }
    }

    /// What comes next.
    [[nodiscard]] json_kind kind() {
        blank();
        if (at_ >= text_.size()) fail(message(what_, " is cut off"));
        switch (text_[at_]) {
        case '"':
            return json_kind::string;
        case '{':
            return json_kind::object;
        case '[':
            return json_kind::list;
        case 'n':
            return json_kind::null;
        case 't':
        case 'f':
            return json_kind::truth;
        default:
            return json_kind::number;
        }
    }

    /// A number, true, false or null, as it is written.
    [[nodiscard]] std::string_view token() {
        blank();
        const auto from = at_;
        while (at_ < text_.size() &&
               std::string_view("+-.0123456789aeEflnrstu").find(text_[at_]) != std::string_view::npos)
            ++at_;
        if (at_ == from) fail(message("a value is expected in ", what_));
        return text_.substr(from, at_ - from);
    }

    /// Skips one value, objects and lists up to 64 deep.
    void skip(int depth = 0) {
        if (depth > 64) fail(message(what_, " is nested too deeply"));
        switch (kind()) {
        case json_kind::string:
            skip_string();
            break;
        case json_kind::object:
            skip_object(depth);
            break;
        case json_kind::list:
            list([&] { skip(depth + 1); });
            break;
        default:
            static_cast<void>(token());
        }
    }

    void end() {
        blank();
        if (at_ != text_.size()) fail(message("something follows ", what_));
    }

protected:
    /// what: the text in messages.
    json_reader(std::string_view text, std::string file, std::size_t before, const char* what)
        : text_(text), file_(std::move(file)), before_(before), what_(what) {}

    virtual void skip_object(int depth) {
        object([&](const std::string&) { skip(depth + 1); });
    }
    void skip_members(int depth) {
        members([&](std::string_view) { skip(depth + 1); });
    }
    [[nodiscard]] std::size_t position() const noexcept { return at_; }

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
            fail(message("'", std::string(1, letter), "' is expected in ", what_, "; the file is damaged"));
    }

    void skip_string() {
        std::string storage;
        static_cast<void>(text(storage));
    }

    [[nodiscard]] std::string escape() {
        if (at_ >= text_.size()) fail(message("a string in ", what_, " does not end"));
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
            if (low < 0xdc00 || low > 0xdfff) fail(message("half a UTF-16 pair in ", what_));
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
            fail(message("\\u needs four hexadecimal digits in ", what_));
        at_ += 4;
        return unit;
    }

    std::string_view text_;
    std::string file_;
    std::size_t before_;
    const char* what_;
    std::size_t at_ = 0;
};

} // namespace graft::inline v0_1::detail
