#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <graft/core/detail/message.hpp>
#include <graft/core/detail/utf8.hpp>
#include <graft/core/host_device.hpp>
#include <graft/data/detail/field_values.hpp>
#include <graft/data/detail/json_records.hpp>
#include <graft/data/detail/plain_records.hpp>
#include <graft/data/detail/ratings_layout.hpp>
#include <graft/data/detail/record_blocks.hpp>
#include <graft/data/detail/records.hpp>
#include <graft/data/detail/row_lines.hpp>
#include <graft/data/detail/shared_dictionary.hpp>
#include <graft/data/detail/table_start.hpp>
#include <graft/data/table_options.hpp>

namespace graft::inline v0_1::detail {

/// The ids of one side of a block, and their rows as shared_dictionary::look_up gives them.
struct parsed_ids {
    std::vector<std::string_view> texts;
    std::vector<std::uint32_t> rows;
    std::vector<shared_dictionary::unnumbered_id> later;
};

/// The rows of one block: the first `size` of each column, which are longer.
struct parsed_ratings {
    std::size_t size = 0;
    parsed_ids users;
    parsed_ids items;
    std::vector<float> values;
    std::vector<std::int64_t> times;
    row_lines lines; // counted from 1 in the block
    std::size_t line_ends = 0;
    table_report report;
    bool first_block = false;

    /// What is wrong with a line of the block; it counts only if all blocks before this one are right.
    bool failed = false;
    row_failure failure{};
    std::string zero_byte; // the same, with its own place

    /// One check for all columns, which several push_back would make each.
    GRAFT_ALWAYS_INLINE void add(std::string_view user, std::string_view item, float value,
                                 std::int64_t time) {
        if (size == times.size()) [[unlikely]]
            make_room();
        users.texts[size] = user;
        items.texts[size] = item;
        values[size] = value;
        times[size] = time;
        ++size;
    }

private:
    void make_room() {
        const auto room = 2 * size + 256;
        users.texts.resize(room);
        items.texts.resize(room);
        values.resize(room);
        times.resize(room);
    }
};

/// The item that a line `ITEM:` of Netflix begins; empty for all other lines.
[[nodiscard]] inline std::string_view netflix_item(std::span<const std::string_view> fields) noexcept {
    if (fields.size() != 1 || !fields[0].ends_with(':')) return {};
    auto item = fields[0].substr(0, fields[0].size() - 1);
    while (item.ends_with(' ') || item.ends_with('\t')) item.remove_suffix(1);
    return item;
}
/// The one that lasts to the end of a block.
[[nodiscard]] inline std::string_view last_netflix_item(std::string_view text, const dialect& how,
                                                        std::string_view before) {
    for (std::size_t end = text.size(); end > 0;) {
        const auto colon = text.rfind(':', end - 1);
        if (colon == std::string_view::npos) return before;
        const auto behind = text.find_first_not_of(" \t\r", colon + 1);
        const auto start = text.rfind('\n', colon) + 1; // npos + 1 is 0
        if (behind == std::string_view::npos || text[behind] == '\n') {
            record_reader line(text.substr(start, colon + 1 - start), how);
            if (line.next())
                if (const auto item = netflix_item(line.fields()); !item.empty()) return item;
        }
        end = start;
    }
    return before;
}

/// Netflix's blocks as records of user, item, rating, date.
template <class Records>
class netflix_records {
public:
    netflix_records(std::string_view text, const dialect& how, std::string_view item)
        : records_(text, how), item_(item), fields_(4) {}

    bool next() {
        while (records_.next()) {
            const auto fields = records_.fields();
            if (const auto item = netflix_item(fields); !item.empty()) {
                item_ = item;
                continue;
            }
            if (fields.size() != 3)
                records_.fail("the line has " + std::to_string(fields.size()) +
                              " fields; below `ITEM:` they are user, rating and date");
            fields_ = {fields[0], item_, fields[1], fields[2]};
            return true;
        }
        return false;
    }
    [[nodiscard]] const std::vector<std::string_view>& fields() const noexcept { return fields_; }
    [[nodiscard]] std::size_t line() const noexcept { return records_.line(); }
    [[nodiscard]] std::size_t lines() const noexcept { return records_.lines(); }
    [[nodiscard]] std::size_t comments() const noexcept { return records_.comments(); }
    [[nodiscard]] std::size_t blank_lines() const noexcept { return records_.blank_lines(); }
    [[noreturn]] void fail(const std::string& what) const { records_.fail(what); }

private:
    Records records_;
    std::string_view item_;
    std::vector<std::string_view> fields_;
};

/// Parses blocks of records into rows. One for all threads.
class ratings_parser {
public:
    ratings_parser(const std::string& name, const table_start& start, const ratings_layout& layout,
                   const table_options& options, shared_dictionary& users, shared_dictionary& items)
        : name_(name), start_(start), layout_(layout), options_(options), missing_(options.missing_words),
          values_(options, missing_), users_(users), items_(items) {}

    /// item: of Netflix, the one that the block begins in.
    void parse(const record_block& block, std::string_view item, parsed_ratings& to) const {
        start(to);
        to.first_block = block.index == 0;
        const auto zero = block.text.find('\0');
        const bool is_text = zero == std::string_view::npos;
        const auto text = is_text ? block.text : block.text.substr(0, block.text.rfind('\n', zero) + 1);
        const auto read = [&](auto&& records) { // whose texts last as long as it does
            parse_records(records, to);
            if (to.failed) return;
            if (!is_text) {
                to.failed = true;
                to.zero_byte = message(name_, ": byte ", block.offset + zero,
                                       ": a zero byte: this is no text, so it holds no ratings");
                return;
            }
            look_up(users_, to.users, to.size);
            look_up(items_, to.items, to.size);
        };
        const auto read_text = [&]<class Records>() {
            if (start_.form == table_form::netflix)
                read(netflix_records<Records>(text, start_.how, item));
            else
                read(Records(text, start_.how));
        };
        if (start_.form == table_form::json_lines)
            read(json_records(text, layout_.keys));
        else if (plain_records::can_read(text, start_.how))
            read_text.template operator()<plain_records>();
        else
            read_text.template operator()<record_reader>();
    }

private:
    static void look_up(shared_dictionary& among, parsed_ids& ids, std::size_t size) {
        ids.rows.resize(size);
        ids.later.clear();
        among.look_up(std::span<const std::string_view>(ids.texts).first(size), ids.rows, ids.later);
    }

    static void start(parsed_ratings& to) {
        to.size = 0;
        to.lines.clear();
        to.report = {};
        to.failed = false;
        to.zero_byte.clear();
        to.line_ends = 0;
    }

    template <class Records>
    void parse_records(Records& records, parsed_ratings& to) const {
        for (;;) {
            try {
                if (!records.next()) break;
                ++to.report.read;
                take(records, to);
            } catch (row_failure& failure) {
                if (options_.broken == on_bad_row::error) {
                    to.failed = true;
                    to.failure = std::move(failure);
                    return;
                }
                ++to.report.broken;
            }
        }
        // A record that failed in next() was not counted above.
        to.report.read = to.size + to.report.missing + to.report.broken;
        to.report.comments = records.comments();
        to.report.blank_lines = records.blank_lines();
        to.line_ends = records.lines();
    }

    template <class Records>
    GRAFT_ALWAYS_INLINE void take(const Records& records, parsed_ratings& to) const {
        const auto& fields = records.fields();
        if (fields.size() != layout_.fields) fail_width(records, fields.size());
        check_lines(records);
        const auto user = fields[layout_.user];
        const auto item = fields[layout_.item];
        if (missing_.missing_id(user)) return missing(records, to, id_fault("user", user, layout_.user));
        if (missing_.missing_id(item)) return missing(records, to, id_fault("item", item, layout_.item));
        float value = 1;
        std::int64_t time = 0;
        if (layout_.value) {
            const auto field = fields[*layout_.value];
            if (!values_.parse(field, value)) {
                auto fault = values_.fault(field);
                if (fault.missing) return missing(records, to, absent(field, *layout_.value, fault.what));
                if (to.first_block && to.report.read == 1 && !layout_.header &&
                    start_.form == table_form::text)
                    fault.what += first_row_hint(fault.what);
                records.fail(fault.what);
            }
        }
        if (layout_.time) {
            const auto field = fields[*layout_.time];
            if (!parse_time(field, time)) {
                const auto fault = time_fault(field, missing_);
                if (fault.missing) return missing(records, to, absent(field, *layout_.time, fault.what));
                records.fail(fault.what);
            }
        }
        to.lines.add(to.size, records.line());
        to.add(user, item, value, time);
    }

    template <class Records>
    [[noreturn]] void fail_width(const Records& records, std::size_t width) const {
        auto what = "the line has " + std::to_string(width) + " fields where the first line has " +
                    std::to_string(layout_.fields);
        if (start_.how.blanks())
            what += "; a user and a list of items has to be written as one line for each pair";
        records.fail(what);
    }

    template <class Records>
    void missing(const Records& records, parsed_ratings& to, const std::string& what) const {
        if (options_.missing == on_bad_row::skip) {
            ++to.report.missing;
            return;
        }
        records.fail(what + "; skip such rows with .missing = graft::on_bad_row::skip");
    }
    [[nodiscard]] std::string id_fault(const std::string& what, std::string_view id,
                                       std::size_t field) const {
        return absent(id, field,
                      id.empty()
                          ? "the " + what + " id is empty"
                          : "the " + what + " id is " + quote(id) +
                                ", which stands for a missing one unless .missing_words says otherwise");
    }
    /// The message about a key that JSON lacks, or the other one.
    [[nodiscard]] std::string absent(std::string_view field, std::size_t at, const std::string& other) const {
        return field.data() == nullptr && !layout_.keys.empty()
                   ? "the key " + quote(layout_.keys[at]) + " is missing or null"
                   : other;
    }

    [[nodiscard]] static std::string first_row_hint(const std::string& what) {
        return what.find(".decimal_comma") != std::string::npos
                   ? ""
                   : "; if this line is a header, name its columns with ratings_options::user_column, "
                     "item_column "
                     "and value_column";
    }

    template <class Records>
    void check_lines(const Records& records) const {
        if constexpr (std::same_as<Records, record_reader>) {
            if (records.single_line()) return; // nearly always
            const auto found = row_within(records, start_.how, [&](const auto& fields) {
                float value = 0;
                return fields.size() == layout_.fields &&
                       fields[layout_.user].find('"') == std::string_view::npos &&
                       fields[layout_.item].find('"') == std::string_view::npos &&
                       (!layout_.value || values_.parse(fields[*layout_.value], value));
            });
            if (found) records.fail(row_within_message(*found));
        }
    }

    const std::string& name_;
    const table_start& start_;
    const ratings_layout& layout_;
    const table_options& options_;
    missing_words missing_;
    value_parser values_;
    shared_dictionary& users_;
    shared_dictionary& items_;
};

} // namespace graft::inline v0_1::detail
