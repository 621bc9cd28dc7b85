#pragma once

#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <graft/core/detail/utf8.hpp>
#include <graft/core/error.hpp>
#include <graft/data/detail/checked_text.hpp>
#include <graft/data/detail/columns.hpp>
#include <graft/data/detail/records.hpp>
#include <graft/data/duplicates.hpp>
#include <graft/data/interactions.hpp>
#include <graft/data/interactions_builder.hpp>
#include <graft/io/float_from_chars.hpp>
#include <graft/io/mapped_file.hpp>

namespace graft {

/// How to read ratings where the content does not tell, or tells something else than is wanted.
struct ratings_options {
    /// Names of columns in the header; naming any says that there is a header. Where the name is empty, the
    /// usual ones are tried: userId, user_id, customer_id, movieId, item_id, stock_code, rating, score, ...
    std::string user_column = {};
    std::string item_column = {};
    std::string value_column = {}; ///< Where no column is found or named, every value is 1.
    std::string time_column = {};
    bool read_times = true; ///< false: the time column is not looked at
    /// Empty: a tab, "::", a comma, a semicolon or a bar, whichever the first line has.
    std::string separator = {};
    graft::duplicates duplicates = graft::duplicates::error;
};

namespace detail {

inline constexpr column_role user_role{
    "user", "ratings_options::user_column",
    " user userid username customer customerid reviewerid visitorid accountid uid "};
inline constexpr column_role item_role{"item", "ratings_options::item_column",
                                       " item itemid movie movieid product productid stockcode book bookid "
                                       "isbn artistid track trackid song songid "
                                       "asin parentasin sku iid "};
inline constexpr column_role value_role{"value", "ratings_options::value_column",
                                        " rating value score stars overall bookrating "};
inline constexpr column_role time_role{"time", "ratings_options::time_column",
                                       " timestamp time unixtime unixreviewtime "};

/// Where the parts of an interaction stand in a record.
struct ratings_layout {
    std::size_t fields = 0; ///< of every record
    std::size_t user = 0;
    std::size_t item = 1;
    std::optional<std::size_t> value;
    std::optional<std::size_t> time;
    bool header = false;
};

/// Without a header the order is user, item, rating, time, of which the last two may be missing.
[[nodiscard]] inline ratings_layout find_ratings_layout(const record_reader& first,
                                                        const ratings_options& options) {
    const auto& fields = first.fields();
    ratings_layout layout;
    layout.fields = fields.size();
    bool header = !options.user_column.empty() || !options.item_column.empty() ||
                  !options.value_column.empty() || !options.time_column.empty();
    for (const auto field : fields)
        for (const auto* role : {&user_role, &item_role, &value_role, &time_role})
            header = header || usual_name(*role, field);
    if (header) {
        layout.header = true;
        layout.user = require_column(first, user_role, options.user_column);
        layout.item = require_column(first, item_role, options.item_column);
        layout.value = find_column(first, value_role, options.value_column);
        if (options.read_times) layout.time = find_column(first, time_role, options.time_column);
        return layout;
    }
    if (fields.size() < 2)
        first.fail(
            "a user and an item are needed, but the line has one field: " + detail::quote(fields.front()) +
            "; if its separator is an unusual one, name it with ratings_options::separator");
    if (fields.size() > 4)
        first.fail("the line has " + std::to_string(fields.size()) +
                   " fields; without a header they are user, item, rating and time, in this order");
    if (fields.size() > 2) layout.value = 2;
    if (fields.size() > 3 && options.read_times) layout.time = 3;
    return layout;
}

[[nodiscard]] inline float parse_rating(const record_reader& at, std::string_view field, bool first) {
    float value = 0;
    const auto digits = field.substr(field.starts_with('+') && !field.starts_with("+-") ? 1 : 0);
    const auto [end, problem] = float_from_chars(digits.data(), digits.data() + digits.size(), value);
    if (problem == std::errc::result_out_of_range)
        at.fail("the rating " + detail::quote(field) + " is out of the range of float");
    if (problem != std::errc() || end != digits.data() + digits.size())
        at.fail(field.empty() ? "the rating is missing"
                              : "the rating " + detail::quote(field) + " is not a number" +
                                    (first ? "; if this line is a header, name its columns with "
                                             "ratings_options::user_column and item_column"
                                           : ""));
    if (!std::isfinite(value)) at.fail("the rating " + detail::quote(field) + " is not finite");
    return value;
}

[[nodiscard]] inline std::int64_t parse_time(const record_reader& at, std::string_view field) {
    std::int64_t time = 0;
    const auto [end, problem] = std::from_chars(field.data(), field.data() + field.size(), time);
    if (problem != std::errc() || end != field.data() + field.size())
        at.fail("the time " + detail::quote(field) +
                " is not a whole number; skip times with ratings_options::read_times = false");
    return time;
}

} // namespace detail

/// As read_ratings, from text; messages call it by the name.
[[nodiscard]] inline interactions parse_ratings(std::string_view text, const std::string& name,
                                                const ratings_options& options = {}) {
    detail::check_separator("read_ratings", options.separator);
    text = detail::checked_text(text, name, "ratings");
    std::string separator = options.separator.empty()
                                ? detail::find_separator(text, name, "ratings_options::separator")
                                : options.separator;
    if (separator.empty()) separator = ",";
    detail::record_reader records(text, name, separator);
    records.next();
    const auto layout = detail::find_ratings_layout(records, options);

    interactions_builder builder;
    std::vector<std::size_t> lines; // of the entries, for the message about duplicates
    for (bool more = !layout.header || records.next(); more; more = records.next()) {
        const auto& fields = records.fields();
        if (fields.size() != layout.fields)
            records.fail("the line has " + std::to_string(fields.size()) +
                         " fields where the first line has " + std::to_string(layout.fields));
        const auto user = fields[layout.user];
        const auto item = fields[layout.item];
        if (user.empty() || item.empty())
            records.fail(std::string("the ") + (user.empty() ? "user" : "item") + " id is empty");
        const bool first = !layout.header && lines.empty();
        const float value = layout.value ? detail::parse_rating(records, fields[*layout.value], first) : 1;
        if (layout.time)
            builder.add(user, item, value, detail::parse_time(records, fields[*layout.time]));
        else
            builder.add(user, item, value);
        lines.push_back(records.line());
    }
    if (lines.empty()) records.fail("there is a header and no ratings after it");

    interactions all = builder.build(duplicates::keep_all);
    if (options.duplicates != duplicates::error) return resolve_duplicates(all, options.duplicates);
    if (const auto found = detail::first_repetition(all))
        throw format_error(name + ":" + std::to_string(lines[found->second]) + ": user " +
                           detail::quote(all.id_of(all.users()[found->second])) + " and item " +
                           detail::quote(all.id_of(all.items()[found->second])) + " are already on line " +
                           std::to_string(lines[found->first]) +
                           "; choose ratings_options::duplicates = keep_first, keep_last or keep_all");
    return all;
}

/// Reads interactions from text whose format is found from its content: lines of user, item, rating and time,
/// separated by tabs (MovieLens u.data), "::", commas, semicolons or bars, the last two columns possibly
/// missing; or a header first, and then its columns in any order, of which those without a role are not read.
/// Without a rating the value is 1. Ids are text of any kind; blank lines are skipped. Throws io_error if the
/// file cannot be read, format_error (FILE:LINE) for anything that is not a rating and, unless
/// options.duplicates says otherwise, for a pair that repeats.
template <class Later = void> // can lie in graft::compiled
[[nodiscard]] interactions read_ratings(const std::filesystem::path& path,
                                        const ratings_options& options = {}) {
    const detail::mapped_file file(path);
    interactions all = parse_ratings(file.bytes(), path.string(), options);
    file.check_unchanged();
    return all;
}

} // namespace graft
