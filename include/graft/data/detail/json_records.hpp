#pragma once

#include <algorithm>
#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include <graft/core/detail/message.hpp>
#include <graft/core/detail/utf8.hpp>
#include <graft/data/detail/records.hpp>
#include <graft/io/json_reader.hpp>
#include <graft/io/text_lines.hpp>

namespace graft::inline v0_1::detail {

/// JSON on one line; what is wrong is a row_failure.
class json_line final : public json_reader {
public:
    json_line(std::string_view text, std::size_t line)
        : json_reader(text, {}, 0, "this line's JSON"), line_(line) {
        const auto first = text.find_first_not_of(" \t", 1);
        if (text.starts_with('{') && first != std::string_view::npos && text[first] == '\'')
            throw row_failure{line,
                              "this line is a dictionary of Python, not JSON; write lines with json.dumps"};
    }

    [[noreturn]] void fail(const std::string& what) const override {
        throw row_failure{line_, what + " (byte " + std::to_string(position()) + " of the line)"};
    }

private:
    void skip_object(int depth) override { skip_members(depth); } // what is not read may come twice

    std::size_t line_;
};

/// Reads records from JSON lines, one object each. Their fields are the values of the wanted keys, as text; one
/// that is missing or null has a view without data.
class json_records {
public:
    json_records(std::string_view text, const std::vector<std::string>& keys)
        : text_(text), keys_(&keys), fields_(keys.size()), lists_(keys.size()) {}

    bool next() {
        for (;;) {
            if (at_ >= text_.size()) return false;
            const auto end = (std::min)(text_.find('\n', at_), text_.size());
            const auto line = trimmed(text_.substr(at_, end - at_));
            record_line_ = line_;
            at_ = (std::min)(end + 1, text_.size());
            if (end < text_.size()) ++line_;
            if (line.find_first_not_of(" \t\r") == std::string_view::npos) {
                ++blank_lines_;
                continue;
            }
            take(line);
            return true;
        }
    }

    [[nodiscard]] const std::vector<std::string_view>& fields() const noexcept { return fields_; }
    /// The strings of a value that is a list, or lists of lists; empty for all others.
    [[nodiscard]] const std::vector<std::string_view>& list(std::size_t key) const { return lists_[key]; }
    [[nodiscard]] bool is_list(std::size_t key) const { return fields_[key].data() == list_mark.data(); }
    [[nodiscard]] std::size_t line() const noexcept { return record_line_; }
    [[nodiscard]] std::size_t lines() const noexcept { return line_ - 1; }
    [[nodiscard]] std::size_t comments() const noexcept { return 0; }
    [[nodiscard]] std::size_t blank_lines() const noexcept { return blank_lines_; }
    [[noreturn]] void fail(const std::string& what) const { throw row_failure{record_line_, what}; }

    /// Lists may be the values of this key.
    void allow_list(std::size_t key) { list_key_ = key; }

private:
    static constexpr std::string_view list_mark = "[]";

    void take(std::string_view line) {
        std::fill(fields_.begin(), fields_.end(), std::string_view());
        for (auto& list : lists_) list.clear();
        if (!line.starts_with('{')) fail("this line is no object of JSON, as the first one is");
        json_line json(line, record_line_);
        json.members([&](std::string_view key) {
            std::size_t which = 0;
            while (which < keys_->size() && (*keys_)[which] != key) ++which;
            if (which == keys_->size()) return json.skip();
            if (fields_[which].data() != nullptr) fail("the key " + quote(key) + " comes twice");
            const auto kind = json.kind();
            if (kind == json_kind::string) {
                fields_[which] = text(json);
            } else if (kind == json_kind::list && which == list_key_) {
                fields_[which] = list_mark;
                strings(json, lists_[which], 0);
            } else if (kind == json_kind::object || kind == json_kind::list) {
                fail("the value of " + quote(key) + " is " +
                     (kind == json_kind::list ? "a list" : "an object") + "; it should be text or a number");
            } else {
                const auto token = json.token();
                if (kind == json_kind::truth) fail("the value of " + quote(key) + " is a truth value");
                if (token != "null") fields_[which] = token;
            }
        });
        json.end();
    }

    std::string_view text(json_line& json) {
        const auto value = json.text(storage_);
        if (value.empty()) return std::string_view("");
        return value.data() == storage_.data() ? std::string_view(kept_.emplace_back(value)) : value;
    }

    void strings(json_line& json, std::vector<std::string_view>& to, int depth) {
        if (depth > 8) json.fail("a list is nested too deeply");
        json.list([&] {
            const auto kind = json.kind();
            if (kind == json_kind::list)
                strings(json, to, depth + 1);
            else if (kind == json_kind::string)
                to.push_back(text(json));
            else
                json.fail("a list of strings is expected");
        });
    }

    std::string_view text_;
    const std::vector<std::string>* keys_;
    std::size_t at_ = 0;
    std::size_t line_ = 1;
    std::size_t record_line_ = 1;
    std::size_t blank_lines_ = 0;
    std::size_t list_key_ = static_cast<std::size_t>(-1);
    std::vector<std::string_view> fields_;
    std::vector<std::vector<std::string_view>> lists_;
    std::deque<std::string> kept_;
    std::string storage_;
};

/// The keys of the objects on the first lines of a text, each once, in the order of first appearance, and
/// whether one of its values is a number. Throws row_failure.
struct json_key {
    std::string name;
    bool number = false;
};
[[nodiscard]] inline std::vector<json_key> keys_of(std::string_view text, std::size_t first_line,
                                                   std::size_t most_lines = 100) {
    std::vector<json_key> keys;
    for (std::size_t at = 0, line = 0; at < text.size() && line < most_lines; ++line) {
        const auto end = (std::min)(text.find('\n', at), text.size());
        const auto object = trimmed(text.substr(at, end - at));
        at = end + 1;
        if (!object.starts_with('{')) continue;
        try {
            json_line json(object, first_line + line);
            json.members([&](std::string_view name) {
                auto found = std::find_if(keys.begin(), keys.end(),
                                          [&](const json_key& key) { return key.name == name; });
                if (found == keys.end()) {
                    if (keys.size() == 1000) json.fail("there are more than 1000 different keys");
                    keys.push_back({std::string(name)});
                    found = keys.end() - 1;
                }
                const auto kind = json.kind();
                found->number = found->number || kind == json_kind::number;
                json.skip();
            });
        } catch (const row_failure&) {
            if (keys.empty() || line == 0) throw; // the reader finds what is wrong with the others
        }
    }
    return keys;
}

} // namespace graft::inline v0_1::detail
