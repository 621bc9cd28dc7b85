#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <graft/core/detail/utf8.hpp>
#include <graft/core/error.hpp>
#include <graft/data/catalog.hpp>
#include <graft/data/detail/checked_text.hpp>
#include <graft/data/detail/columns.hpp>
#include <graft/data/detail/records.hpp>
#include <graft/io/mapped_file.hpp>

namespace graft {

enum class text_encoding {
    detect, ///< UTF-8 if the whole file is valid as such, otherwise latin-1
    utf8,
    latin1
};

/// How to read a catalogue where the content does not tell, or tells something else than is wanted.
struct catalog_options {
    /// Names of columns in the header; where empty, the usual ones are tried: movieId, item_id, stock_code,
    /// id, ... and title, name, description, ... and genres, category, ...
    std::string item_column = {};
    std::string title_column = {};
    std::string category_column = {}; ///< Where no column is found or named, there are no categories.
    /// Empty: a tab, "::", a comma, a semicolon or a bar, whichever the first line has.
    std::string separator = {};
    std::string category_separator = "|"; ///< Between the categories of an item; empty: it has only one.
    text_encoding encoding = text_encoding::detect;
};

namespace detail {

inline constexpr column_role catalog_item_role{"item id", "catalog_options::item_column",
                                               " id item itemid movie movieid product productid stockcode "
                                               "book bookid isbn artistid track trackid song songid "
                                               "asin parentasin sku iid "};
inline constexpr column_role title_role{
    "title", "catalog_options::title_column",
    " title name description movietitle itemname producttitle productname booktitle "};
inline constexpr column_role category_role{"list of categories", "catalog_options::category_column",
                                           " genres genre categories category "};

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
[[nodiscard]] inline std::vector<std::string> flagged_genres(const record_reader& record) {
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

} // namespace detail

/// As read_catalog, from text; messages call it by the name.
[[nodiscard]] inline catalog parse_catalog(std::string_view text, const std::string& name,
                                           const catalog_options& options = {}) {
    detail::check_separator("read_catalog", options.separator);
    text = detail::checked_text(text, name, "items");
    std::string converted;
    const bool valid = options.encoding != text_encoding::latin1 && detail::is_utf8(text);
    if (!valid && options.encoding != text_encoding::utf8) {
        converted = detail::latin1_to_utf8(text);
        text = converted;
    }

    const bool named =
        !options.item_column.empty() || !options.title_column.empty() || !options.category_column.empty();
    const bool u_item = !named && options.separator.empty() && detail::looks_like_u_item(text);
    std::string separator = u_item ? "|" : options.separator;
    if (separator.empty()) separator = detail::find_separator(text, name, "catalog_options::separator");
    if (separator.empty()) separator = ",";
    detail::record_reader records(text, name, separator);
    records.next();

    const std::size_t width = records.fields().size();
    std::size_t id_at = 0;
    std::size_t title_at = 1;
    std::optional<std::size_t> categories_at;
    const bool header = named || (!u_item && separator != "::");
    if (header) {
        id_at = detail::require_column(records, detail::catalog_item_role, options.item_column);
        title_at = detail::require_column(records, detail::title_role, options.title_column);
        categories_at = detail::find_column(records, detail::category_role, options.category_column);
    } else if (!u_item) {
        if (width != 2 && width != 3)
            records.fail("the line has " + std::to_string(width) +
                         " fields; between '::' they are item id, title and, possibly, categories");
        if (width == 3) categories_at = 2;
    }

    catalog result;
    std::vector<std::size_t> lines;
    for (bool more = !header || records.next(); more; more = records.next()) {
        const auto& fields = records.fields();
        if (fields.size() != width)
            records.fail("the line has " + std::to_string(fields.size()) +
                         " fields where the first line has " + std::to_string(width));
        const auto id = fields[id_at];
        if (id.empty()) records.fail("the item id is empty");
        if (const auto earlier = result.find(id))
            records.fail("item " + detail::quote(id) + " is already on line " +
                         std::to_string(lines[*earlier]));
        if (!valid && options.encoding == text_encoding::utf8)
            for (const auto field : fields)
                if (!detail::is_utf8(field))
                    records.fail("the field " + detail::quote(field) +
                                 " is not valid UTF-8; if the file is latin-1, choose text_encoding::latin1");
        std::vector<std::string> categories;
        if (u_item)
            categories = detail::flagged_genres(records);
        else if (categories_at)
            categories = detail::split_categories(fields[*categories_at], options.category_separator);
        result.add(id, std::string(fields[title_at]), std::move(categories));
        lines.push_back(records.line());
    }
    if (lines.empty()) records.fail("there is a header and no items after it");
    return result;
}

/// Reads a catalogue whose format is found from its content: MovieLens u.item (24 fields between bars, the
/// last 19 of them genre flags); lines of id::title::categories; or a header and its columns in any order,
/// separated by tabs, commas, semicolons or bars, of which those without a role are not read. Categories are
/// separated by bars. Blank lines are skipped. Throws io_error if the file cannot be read, and format_error
/// (FILE:LINE) for anything that is not an item and for an id that repeats.
template <class Later = void> // can lie in graft::compiled
[[nodiscard]] catalog read_catalog(const std::filesystem::path& path, const catalog_options& options = {}) {
    const detail::mapped_file file(path);
    catalog all = parse_catalog(file.bytes(), path.string(), options);
    file.check_unchanged();
    return all;
}

} // namespace graft
