#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <graft/core/detail/message.hpp>
#include <graft/core/detail/utf8.hpp>
#include <graft/core/error.hpp>
#include <graft/core/string_index.hpp>
#include <graft/data/catalog.hpp>
#include <graft/data/detail/columns.hpp>
#include <graft/data/detail/field_values.hpp>
#include <graft/data/detail/json_records.hpp>
#include <graft/data/detail/plain_records.hpp>
#include <graft/data/detail/record_blocks.hpp>
#include <graft/data/detail/records.hpp>
#include <graft/data/detail/row_lines.hpp>
#include <graft/data/detail/table_start.hpp>
#include <graft/data/duplicates.hpp>
#include <graft/data/id_map.hpp>
#include <graft/data/row_ids.hpp>
#include <graft/data/table_options.hpp>
#include <graft/io/byte_source.hpp>
#include <graft/io/file_place.hpp>

namespace graft::inline v0_1 {

namespace detail {

inline constexpr column_role catalog_item_role{
    "item id", "catalog_options::item_column",
    " id itemid movieid filmid productid productcode articleid stockcode bookid artistid trackid songid "
    "albumid "
    "gameid appid businessid recipeid showid animeid jokeid videoid iid ",
    " item movie product book artist track song isbn asin parentasin sku "};
inline constexpr column_role title_role{"title", "catalog_options::title_column",
                                        " title name movietitle itemname producttitle productname booktitle "
                                        "trackname artistname songname gamename appname ",
                                        " description "};
inline constexpr column_role category_role{"list of categories", "catalog_options::category_column",
                                           " genres genre categories category ", " class maincategory "};

[[nodiscard]] inline bool name_of_items(std::string_view field) {
    return usual_name(catalog_item_role, field) || usual_name(title_role, field) ||
           usual_name(category_role, field);
}

/// The genres of MovieLens 100K in the order of their flags in u.item (its file u.genre).
inline constexpr std::array<std::string_view, 19> movielens_genres{
    "unknown",     "Action", "Adventure", "Animation", "Children's", "Comedy",  "Crime",
    "Documentary", "Drama",  "Fantasy",   "Film-Noir", "Horror",     "Musical", "Mystery",
    "Romance",     "Sci-Fi", "Thriller",  "War",       "Western"};

/// Number of fields in u.item: id, title, two dates, address, genre flags.
inline constexpr std::size_t movielens_item_fields = 5 + movielens_genres.size();

/// By the number of bars in the first line, whatever else its title and address contain.
[[nodiscard]] inline bool looks_like_u_item(std::string_view text) {
    text.remove_prefix((std::min)(text.find_first_not_of(" \t\r\n"), text.size()));
    const auto line = text.substr(0, text.find('\n'));
    return static_cast<std::size_t>(std::count(line.begin(), line.end(), '|')) + 1 == movielens_item_fields;
}

[[nodiscard]] inline std::string latin1_to_utf8(std::string_view text) {
    std::string result;
    result.reserve(text.size());
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x80) {
            result.push_back(c);
        } else {
            result.push_back(static_cast<char>(0xc0U | (byte >> 6U)));
            result.push_back(static_cast<char>(0x80U | (byte & 0x3fU)));
        }
    }
    return result;
}

/// The categories of a field, without blanks around them; "(no genres listed)", as MovieLens writes, is none.
[[nodiscard]] inline std::vector<std::string> split_categories(std::string_view field,
                                                               const std::string& separator) {
    std::vector<std::string> result;
    if (field == "(no genres listed)") return result;
    for (std::size_t from = 0; from <= field.size();) {
        const auto end =
            separator.empty() ? field.size() : (std::min)(field.find(separator, from), field.size());
        const auto part = field.substr(from, end - from);
        const auto first = part.find_first_not_of(' ');
        if (first != std::string_view::npos)
            result.emplace_back(part.substr(first, part.find_last_not_of(' ') - first + 1));
        from = end + (std::max<std::size_t>)(separator.size(), 1);
    }
    return result;
}

/// The genres whose flag is 1 in a record of u.item.
template <class Records>
[[nodiscard]] std::vector<std::string> flagged_genres(const Records& record) {
    std::vector<std::string> result;
    for (std::size_t i = 0; i < movielens_genres.size(); ++i) {
        const auto flag = record.fields()[5 + i];
        if (flag != "0" && flag != "1")
            record.fail("the flag of the genre '" + std::string(movielens_genres[i]) + "' is " +
                        detail::quote(flag) + "; it must be 0 or 1");
        if (flag == "1") result.emplace_back(movielens_genres[i]);
    }
    return result;
}

/// Where the parts of an item stand in a record.
struct catalog_layout {
    std::size_t fields = 0; ///< of every record
    std::size_t id = 0;
    std::size_t title = 1;
    std::optional<std::size_t> categories{};
    std::string category_separator{};
    bool header = false;
    std::vector<std::string> keys{}; ///< of JSON: id, title, then categories where there are any
};

/// Reads a catalogue of any form, block by block.
class catalog_reader {
public:
    catalog_reader(byte_source& source, const table_options& options)
        : catalog_reader(source, options, std::size_t{1} << 18U) {}
    catalog_reader(byte_source& source, const table_options& options, std::size_t block_bytes)
        : source_(source), options_(options), missing_(options.missing_words), block_bytes_(block_bytes) {}

    [[nodiscard]] catalog read() {
        check_options();
        const bool said = options_.item_column.given() || options_.title_column.given() ||
                          options_.category_column.given() || !options_.separator.empty();
        const bool u_item = !said && looks_like_u_item(source_.peek(1U << 16U));
        start_ = start_table(source_, options_, "items", name_of_items, u_item ? "|" : "");
        u_item_ = u_item && start_.form == table_form::text && start_.how.separator == "|";
        if (start_.form == table_form::netflix || start_.form == table_form::matrix_market)
            fail_at(source_.name(), {true, start_.lines + 1},
                    "these are ratings, and no items; read them with read_ratings");
        lines_ = start_.lines;
        placed(source_.name(), lines_, [&] { find_layout(); });
        record_blocks blocks(source_, start_.how, block_bytes_);
        for (record_block block; blocks.next(block);) {
            const auto zero = block.text.find('\0');
            const bool is_text = zero == std::string_view::npos;
            const auto text = is_text ? block.text : block.text.substr(0, block.text.rfind('\n', zero) + 1);
            block_is_utf8_ = options_.encoding != text_encoding::latin1 && is_utf8(block.text);
            all_utf8_ = all_utf8_ && block_is_utf8_;
            placed(source_.name(), lines_, [&] { read_block(text); });
            if (!is_text)
                throw format_error(message(source_.name(), ": byte ", block.offset + zero,
                                           ": a zero byte: this is no text, so it holds no items"));
        }
        if (entries_.empty()) fail_empty();
        source_.check_unchanged();
        auto all = build();
        if (all.empty()) fail_empty();
        report_.kept = all.size();
        report_.comments += start_.comments;
        report_.blank_lines += start_.blank_lines;
        if (options_.report != nullptr) *options_.report = report_;
        return all;
    }

private:
    struct entry {
        std::string id;
        std::string title;
        std::vector<std::string> categories;
        bool dropped = false;
    };

    void check_options() const {
        check_dialect("read_catalog", options_);
        if (options_.user_column.given() || options_.value_column.given() || options_.time_column.given())
            throw argument_error(
                "read_catalog: user_column, value_column and time_column are options of read_ratings");
        if (options_.unknown_ids != unknown_ids::append && !options_.rows_of.items)
            throw argument_error("read_catalog: unknown_ids is about items that rows_of does not have; give "
                                 "rows_of, a model or interactions");
        if (options_.duplicates == duplicates::keep_all)
            throw argument_error("read_catalog: an item has one title; choose duplicates::keep_first or "
                                 "keep_last instead of keep_all");
    }

    [[noreturn]] void fail_empty() const {
        fail_at(source_.name(), {true, start_.lines + 1},
                report_.read > 0
                    ? message("none of the ", report_.read, " rows could be taken: ", report_.missing,
                              " lack an id, ", report_.unknown, " have ids that rows_of does not have, and ",
                              report_.broken, " are broken")
                : layout_.header ? "there is a header and no items after it"
                                 : "there are no items in the file");
    }

    void find_layout() {
        layout_.category_separator = options_.category_separator;
        if (start_.form == table_form::json_lines) return find_keys();
        const auto records = first_records(source_, start_.how);
        const table_header first{{records.at(0).begin(), records.at(0).end()}, 1};
        const std::size_t width = first.names.size();
        layout_.fields = width;
        if (u_item_) return;
        layout_.header = is_header(first);
        if (layout_.header) {
            layout_.id = require_column(first, catalog_item_role, options_.item_column);
            layout_.title = require_column(first, title_role, options_.title_column);
            layout_.categories = find_column(first, category_role, options_.category_column);
            if (layout_.categories && split_type(first.names[*layout_.categories]).type == "token_seq" &&
                options_.category_separator == "|")
                layout_.category_separator = " "; // as RecBole writes them
        } else {
            layout_of_row(first);
        }
        if (layout_.id == layout_.title || layout_.categories == layout_.id ||
            layout_.categories == layout_.title)
            first.fail("a column has two roles; give each its own");
        if (layout_.header) lines_ += skip_header(source_, start_.how, start_);
    }

    [[nodiscard]] bool is_header(const table_header& first) const {
        if (options_.header != header_line::detect) return options_.header == header_line::yes;
        for (const auto* wanted : {&options_.item_column, &options_.title_column, &options_.category_column})
            if (!wanted->name().empty()) return true;
        if (look_at_first_line(first.names, {}, name_of_items) == first_line::header) return true;
        if (start_.how.separator == "::") return false;
        return std::none_of(first.names.begin(), first.names.end(), looks_like_number);
    }

    void layout_of_row(const table_header& row) {
        for (const auto& [role, wanted] : {std::pair(&catalog_item_role, &options_.item_column),
                                           std::pair(&title_role, &options_.title_column),
                                           std::pair(&category_role, &options_.category_column)}) {
            check_place(row, *role, *wanted);
            if (!wanted->name().empty())
                row.fail("there is no header (header_line::no) with a column " + quote(wanted->name()) +
                         "; give places, counted from 0, with " + role->option);
        }
        const std::size_t width = row.names.size();
        layout_.categories = options_.category_column.place();
        if (options_.item_column.given() != options_.title_column.given())
            row.fail("without a header, give catalog_options::item_column and title_column both or neither");
        if (options_.item_column.given()) {
            layout_.id = *options_.item_column.place();
            layout_.title = *options_.title_column.place();
            return;
        }
        if (start_.how.separator == "::") {
            if (width != 2 && width != 3)
                row.fail("the line has " + std::to_string(width) +
                         " fields; between '::' they are item id, title and, possibly, categories");
            if (width == 3 && !layout_.categories) layout_.categories = 2;
        } else if (width != 2) {
            row.fail("the line has " + std::to_string(width) +
                     " fields; without a header they are item id and title; for others, give places, counted "
                     "from 0, with catalog_options::item_column, title_column and category_column");
        }
    }

    void find_keys() {
        const auto head = source_.peek((std::max)(std::size_t{1} << 16U, source_.peek_line().size()));
        const auto keys = keys_of(head.substr(0, (std::min)(head.rfind('\n'), head.size())), 1);
        table_header header;
        for (const auto& key : keys) header.names.push_back(key.name);
        for (const auto* wanted : {&options_.item_column, &options_.title_column, &options_.category_column})
            if (wanted->place()) header.fail("JSON has no places of columns; give the names of keys");
        layout_.keys = {keys[require_column(header, catalog_item_role, options_.item_column)].name,
                        keys[require_column(header, title_role, options_.title_column)].name};
        if (const auto found = find_column(header, category_role, options_.category_column)) {
            layout_.categories = layout_.keys.size();
            layout_.keys.push_back(keys[*found].name);
        }
        layout_.fields = layout_.keys.size();
    }

    void read_block(std::string_view text) {
        if (start_.form == table_form::json_lines) {
            json_records records(text, layout_.keys);
            if (layout_.categories) records.allow_list(*layout_.categories);
            read_records(records);
        } else if (plain_records::can_read(text, start_.how)) {
            plain_records records(text, start_.how);
            read_records(records);
        } else {
            record_reader records(text, start_.how);
            read_records(records);
        }
    }

    template <class Records>
    void read_records(Records& records) {
        for (;;) {
            const auto kept = entries_.size();
            try {
                if (!records.next()) break;
                take(records);
            } catch (const row_failure&) {
                if (options_.broken == on_bad_row::error || entries_.size() > kept) throw;
                ++report_.broken;
                ++report_.read;
            }
        }
        lines_ += records.lines();
        report_.comments += records.comments();
        report_.blank_lines += records.blank_lines();
    }

    template <class Records>
    void take(const Records& records) {
        const auto& fields = records.fields();
        if (fields.size() != layout_.fields)
            records.fail("the line has " + std::to_string(fields.size()) +
                         " fields where the first line has " + std::to_string(layout_.fields));
        check_lines(records);
        const auto id = fields[layout_.id];
        if (missing_.missing_id(id)) {
            if (options_.missing == on_bad_row::error)
                records.fail((id.empty() ? std::string("the item id is empty")
                                         : "the item id is " + quote(id) +
                                               ", which stands for a missing one unless .missing_words says "
                                               "otherwise") +
                             "; skip such rows with .missing = graft::on_bad_row::skip");
            ++report_.missing;
            ++report_.read;
            return;
        }
        if (!block_is_utf8_ && options_.encoding == text_encoding::utf8)
            for (const auto field : fields)
                if (!is_utf8(field))
                    records.fail("the field " + quote(field) +
                                 " is not valid UTF-8; if the file is latin-1, choose text_encoding::latin1");
        auto categories = categories_of(records);
        const auto [row, is_new] = rows_.insert(id);
        if (!is_new && options_.duplicates == duplicates::error) duplicate_of(records, id, row);
        if (!is_new) ++report_.duplicates;
        ++report_.read;
        if (!is_new && options_.duplicates == duplicates::keep_first) return;
        if (!is_new) entries_[latest_[row]].dropped = true;
        if (is_new)
            latest_.push_back(entries_.size());
        else
            latest_[row] = entries_.size();
        row_lines_.add(entries_.size(), lines_ + records.line());
        entries_.push_back({std::string(id), std::string(fields[layout_.title]), std::move(categories)});
    }

    template <class Records>
    [[noreturn]] void duplicate_of(const Records& records, std::string_view id, std::size_t row) const {
        throw format_error(message(source_.name(), ":", lines_ + records.line(), ": item ", quote(id),
                                   " is already on line ", row_lines_.line_of(latest_[row]),
                                   "; choose catalog_options::duplicates = keep_first or keep_last"));
    }

    template <class Records>
    [[nodiscard]] std::vector<std::string> categories_of(const Records& records) const {
        if constexpr (std::same_as<Records, json_records>) {
            if (layout_.categories && records.is_list(*layout_.categories)) {
                const auto& list = records.list(*layout_.categories);
                return {list.begin(), list.end()};
            }
        } else {
            if (u_item_) return flagged_genres(records);
        }
        if (!layout_.categories) return {};
        return split_categories(records.fields()[*layout_.categories], layout_.category_separator);
    }

    template <class Records>
    void check_lines(const Records& records) const {
        if constexpr (std::same_as<Records, record_reader>) {
            const bool number = looks_like_number(records.fields()[layout_.id]);
            const auto found = row_within(records, start_.how, [&](const auto& fields) {
                return fields.size() == layout_.fields && looks_like_number(fields[layout_.id]) == number &&
                       fields[layout_.id].find_first_of("\" ") == std::string_view::npos;
            });
            if (found) records.fail(row_within_message(*found));
        }
    }

    [[nodiscard]] catalog build() {
        const bool latin1 = options_.encoding == text_encoding::latin1 ||
                            (options_.encoding == text_encoding::detect && !all_utf8_);
        const auto& known = options_.rows_of.items;
        catalog result;
        for (std::size_t i = 0; i < entries_.size(); ++i) {
            auto& item = entries_[i];
            if (item.dropped) continue;
            if (latin1) {
                item.id = latin1_to_utf8(item.id);
                item.title = latin1_to_utf8(item.title);
                for (auto& category : item.categories) category = latin1_to_utf8(category);
            }
            if (!known || !known->find(item.id)) {
                if (options_.unknown_ids == unknown_ids::error)
                    fail_at(source_.name(), {true, row_lines_.line_of(i)},
                            message("item ", quote(item.id), " is none of the ", known->size(),
                                    " that rows_of has; choose catalog_options::unknown_ids = skip or "
                                    "append"));
                if (options_.unknown_ids == unknown_ids::skip) {
                    ++report_.unknown;
                    continue;
                }
                ++report_.new_items;
            }
            result.add(item.id, std::move(item.title), std::move(item.categories));
        }
        return result;
    }

    byte_source& source_;
    const table_options& options_;
    missing_words missing_;
    std::size_t block_bytes_;
    table_start start_;
    catalog_layout layout_;
    bool u_item_ = false;
    bool all_utf8_ = true;
    bool block_is_utf8_ = true;
    std::size_t lines_ = 0; // before the block
    table_report report_;
    string_index rows_;               // of the ids
    std::vector<std::size_t> latest_; // [rows], the last entry of each
    std::vector<entry> entries_;
    row_lines row_lines_; // of the entries
};

} // namespace detail

/// As read_catalog, from text that may be gzipped; messages call it by the name.
[[nodiscard]] inline catalog parse_catalog(std::string_view text, const std::string& name,
                                           const catalog_options& options = {}) {
    detail::byte_source source(text, name);
    return detail::catalog_reader(source, options).read();
}

/// Reads a catalogue from a file, plain or gzipped, whose format is found from its content: MovieLens u.item (24
/// fields between bars, the last 19 of them genre flags); lines of id::title::categories, or of id and title; a
/// header (RecBole's too) and its columns in any order, separated by tabs, commas, semicolons or bars, of which
/// those without a role are not read; JSON lines, where categories may be lists. Categories in text are
/// separated by bars. Blank lines are skipped. Throws io_error if the file cannot be read, and format_error
/// (FILE:LINE) for anything that is not an item and for an id that repeats, unless options say otherwise.
template <class Later = void> // can lie in graft::compiled
[[nodiscard]] catalog read_catalog(const std::filesystem::path& path, const catalog_options& options = {}) {
    detail::byte_source source(path);
    return detail::catalog_reader(source, options).read();
}

} // namespace graft::inline v0_1
