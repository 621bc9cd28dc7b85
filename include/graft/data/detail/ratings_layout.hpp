#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <graft/core/detail/message.hpp>
#include <graft/core/detail/utf8.hpp>
#include <graft/core/error.hpp>
#include <graft/data/detail/columns.hpp>
#include <graft/data/detail/field_values.hpp>
#include <graft/data/detail/json_records.hpp>
#include <graft/data/table_options.hpp>

namespace graft::inline v0_1::detail {

inline constexpr column_role user_role{
    "user", "ratings_options::user_column",
    " user userid useridx customer customerid client clientid reviewer reviewerid visitor visitorid account "
    "accountid member memberid buyer buyerid listener listenerid uid ",
    " username reviewername profilename "};
inline constexpr column_role item_role{
    "item", "ratings_options::item_column",
    " item itemid itemidx movieid filmid productid productcode articleid stockcode bookid artistid trackid "
    "songid "
    "albumid gameid appid businessid recipeid showid animeid jokeid videoid iid ",
    " movie film product article book artist track song album game app business recipe show anime joke video "
    "isbn "
    "asin parentasin sku artistname trackname songname productname moviename gamename "};
inline constexpr column_role value_role{
    "value", "ratings_options::value_column", " rating ratings value score stars overall bookrating ",
    " weight count counts plays playcount playcounts nplays numplays timesplayed listens listencount "
    "scrobbles "
    "quantity qty frequency freq purchases clicks views viewcount hours hoursplayed grade preference label "};
inline constexpr column_role time_role{"time", "ratings_options::time_column",
                                       " timestamp time unixtime unixreviewtime unixtimestamp ts ",
                                       " date datetime createdat ratedat "};

[[nodiscard]] inline bool name_of_ratings(std::string_view field) {
    return usual_name(user_role, field) || usual_name(item_role, field) || usual_name(value_role, field) ||
           usual_name(time_role, field);
}

/// Where the parts of an interaction stand in a record.
struct ratings_layout {
    std::size_t fields = 0; ///< of every record
    std::size_t user = 0;
    std::size_t item = 1;
    std::optional<std::size_t> value{};
    std::optional<std::size_t> time{};
    bool header = false;
    std::vector<std::string> keys{}; ///< of JSON: user, item, then value and time where there are any
};

/// Throws row_failure for two roles in one column.
inline void check_distinct(const table_header& header, const ratings_layout& layout) {
    const std::optional<std::size_t> at[] = {layout.user, layout.item, layout.value, layout.time};
    for (std::size_t i = 0; i < 4; ++i)
        for (std::size_t j = i + 1; j < 4; ++j)
            if (at[i] && at[i] == at[j])
                header.fail(message("column ", *at[i], " (", quote(header.names[*at[i]]),
                                    ") has two roles; give each its own"));
}

/// Throws row_failure for a column with two roles, and where columns are left that might be the value and the options do not say.
inline void check_rest(const table_header& header, const ratings_layout& layout, const table_options& options,
                       const std::vector<bool>& may_be_value) {
    check_distinct(header, layout);
    if (layout.value || !options.read_values) return;
    for (std::size_t i = 0; i < header.names.size(); ++i)
        if (may_be_value[i] && i != layout.user && i != layout.item && i != layout.time)
            header.fail("no column looks like the value, and " + quote(header.names[i]) +
                        " has no role; name the value's column with ratings_options::value_column, or choose "
                        "ratings_options::read_values = false, with which every value is 1");
}

/// The roles that a header gives its columns.
[[nodiscard]] inline ratings_layout layout_of_header(const table_header& header, const table_options& options,
                                                     std::vector<bool> may_be_value) {
    ratings_layout layout;
    layout.fields = header.names.size();
    layout.header = true;
    layout.user = require_column(header, user_role, options.user_column);
    layout.item = require_column(header, item_role, options.item_column);
    if (options.read_values) layout.value = find_column(header, value_role, options.value_column);
    if (options.read_times) layout.time = find_column(header, time_role, options.time_column);
    for (std::size_t i = 0; i < header.names.size(); ++i)
        if (usual_name(user_role, header.names[i]) || usual_name(item_role, header.names[i]) ||
            usual_name(time_role, header.names[i]))
            may_be_value[i] = false;
    check_rest(header, layout, options, may_be_value);
    return layout;
}

/// The same without a header: by place, or in the order user, item, rating, time, of which the last two may be
/// missing.
[[nodiscard]] inline ratings_layout layout_of_row(const table_header& row, const table_options& options) {
    const auto& fields = row.names;
    for (const auto& [role, wanted] :
         {std::pair(&user_role, &options.user_column), std::pair(&item_role, &options.item_column),
          std::pair(&value_role, &options.value_column), std::pair(&time_role, &options.time_column)}) {
        check_place(row, *role, *wanted);
        if (!wanted->name().empty())
            row.fail("there is no header (header_line::no) with a column " + quote(wanted->name()) +
                     "; give places, counted from 0, with " + role->option);
    }
    ratings_layout layout;
    layout.fields = fields.size();
    if (options.user_column.given() != options.item_column.given())
        row.fail("without a header, give ratings_options::user_column and item_column both or neither");
    layout.user = options.user_column.place().value_or(0);
    layout.item = options.item_column.place().value_or(1);
    if (options.read_values) layout.value = options.value_column.place();
    if (options.read_times) layout.time = options.time_column.place();
    const bool usual =
        layout.user + layout.item == 1 && !options.value_column.given() && !options.time_column.given();
    if (usual && fields.size() > 4)
        row.fail(
            "the line has " + std::to_string(fields.size()) +
            " fields; without a header they are user, item, rating and time, in this order; for others, "
            "give places, counted from 0, with ratings_options::user_column, item_column, value_column and "
            "time_column (a user and a list of items has to be written as one line for each pair)");
    if (usual && fields.size() > 2 && options.read_values) {
        float value = 0;
        const bool number = parse_float(fields[2].data(), fields[2].data() + fields[2].size(), value) ==
                            fields[2].data() + fields[2].size();
        if (number ? value >= 1e8F : parse_iso_date(fields[2]).has_value())
            row.fail(
                "the third column (" + quote(fields[2]) +
                ") looks like a time and stands where the rating does; choose ratings_options::time_column "
                "= 2, or value_column = 2 if it is the value");
        layout.value = 2;
    }
    if (usual && fields.size() > 3 && options.read_times) layout.time = 3;
    check_distinct(row, layout);
    if (!usual) {
        std::vector<bool> rest(fields.size(), true);
        if (options.time_column.place()) rest[*options.time_column.place()] = false;
        check_rest(row, layout, options, rest);
    }
    return layout;
}

/// The layout by the first two records; fields of the second may be none.
[[nodiscard]] inline ratings_layout find_ratings_layout(const std::vector<std::string>& first_fields,
                                                        const std::vector<std::string>& second_fields,
                                                        const table_options& options) {
    const table_header first{{first_fields.begin(), first_fields.end()}, 1};
    bool header = options.header == header_line::yes;
    if (options.header == header_line::detect) {
        for (const auto* wanted :
             {&options.user_column, &options.item_column, &options.value_column, &options.time_column})
            header = header || !wanted->name().empty();
        if (!header) {
            const auto kind = look_at_first_line(first.names, {second_fields.begin(), second_fields.end()},
                                                 name_of_ratings);
            header = kind == first_line::header;
            if (kind == first_line::doubt && first.names.size() > 1)
                first.fail(
                    "this line looks like a header, but its columns " + quoted_list(first.names) +
                    " have no usual names; name them with ratings_options::user_column, item_column and "
                    "value_column, or choose ratings_options::header = header_line::no");
        }
    }
    if (first.names.size() < 2)
        first.fail(
            "a user and an item are needed, but the line has one field: " + quote(first.names.front()) +
            "; if its separator is an unusual one, name it with ratings_options::separator (\" \" is any "
            "number of blanks)");
    auto layout = header ? layout_of_header(first, options, std::vector<bool>(first.names.size(), true))
                         : layout_of_row(first, options);
    return layout;
}

/// The layout of JSON lines by the keys of the first of them.
[[nodiscard]] inline ratings_layout find_ratings_layout(const std::vector<json_key>& keys,
                                                        const table_options& options) {
    table_header header;
    std::vector<bool> numbers;
    for (const auto& key : keys) {
        header.names.push_back(key.name);
        numbers.push_back(key.number);
    }
    for (const auto* wanted :
         {&options.user_column, &options.item_column, &options.value_column, &options.time_column})
        if (wanted->place()) header.fail("JSON has no places of columns; give the names of keys");
    const auto found = layout_of_header(header, options, std::move(numbers));
    ratings_layout layout;
    layout.fields = 2;
    layout.keys = {keys[found.user].name, keys[found.item].name};
    if (found.value) {
        layout.value = layout.keys.size();
        layout.keys.push_back(keys[*found.value].name);
    }
    if (found.time) {
        layout.time = layout.keys.size();
        layout.keys.push_back(keys[*found.time].name);
    }
    layout.fields = layout.keys.size();
    return layout;
}

} // namespace graft::inline v0_1::detail
