#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <graft/core/detail/message.hpp>
#include <graft/core/detail/utf8.hpp>
#include <graft/data/detail/records.hpp>
#include <graft/data/table_options.hpp>

namespace graft::inline v0_1::detail {

/// What a column is for: the usual names for it, folded, and the option with which it can be named. A name of
/// the second list counts where the header has none of the first.
struct column_role {
    const char* what;
    const char* option;
    std::string_view usual_names; ///< each between blanks
    std::string_view other_names; ///< the same
};

/// The first record, or the keys of the first lines of JSON.
struct table_header {
    std::vector<std::string_view> names;
    std::size_t line = 1;

    [[noreturn]] void fail(const std::string& what) const { throw row_failure{line, what}; }
};

/// A name as RecBole writes it, `user_id:token`, in its two parts; the second is empty for all others.
struct typed_name {
    std::string_view name;
    std::string_view type;
};
[[nodiscard]] inline typed_name split_type(std::string_view field) noexcept {
    for (const std::string_view type : {"token", "token_seq", "float", "float_seq"})
        if (field.size() > type.size() + 1 && field.ends_with(type) &&
            field[field.size() - type.size() - 1] == ':')
            return {field.substr(0, field.size() - type.size() - 1), type};
    return {field, {}};
}

/// A column name between blanks, in small letters and without anything but letters and digits: "User_ID" is
/// " userid ".
[[nodiscard]] inline std::string folded(std::string_view name) {
    std::string result(" ");
    for (const char c : split_type(name).name) {
        if (c >= 'A' && c <= 'Z') result.push_back(static_cast<char>(c - 'A' + 'a'));
        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) result.push_back(c);
    }
    result.push_back(' ');
    return result;
}

[[nodiscard]] inline bool is_one_of(std::string_view names, std::string_view name) {
    const std::string plain = folded(name);
    return plain.size() > 2 && names.find(plain) != std::string_view::npos;
}
[[nodiscard]] inline bool usual_name(const column_role& role, std::string_view name) {
    return is_one_of(role.usual_names, name) || is_one_of(role.other_names, name);
}

/// "'a', 'b'", shortened where a line is long, for messages.
[[nodiscard]] inline std::string quoted_list(const std::vector<std::string_view>& names) {
    std::string list;
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (i == 12) return list + ", ... (" + std::to_string(names.size()) + " in all)";
        list += (i > 0 ? ", " : "") + detail::quote(names[i]);
    }
    return list;
}

/// Throws row_failure for a place that a record does not have.
inline void check_place(const table_header& header, const column_role& role, const column& wanted) {
    if (wanted.place() && *wanted.place() >= header.names.size())
        header.fail(message("the ", role.what, " should be in column ", *wanted.place(), ", counted from 0 (",
                            role.option, "), but the line has ", header.names.size(), " fields"));
}

/// The column of a role in a header: the one at the place or of exactly the name that is given, otherwise the
/// only one with a usual name. Throws row_failure if a wanted column is not there or several would do.
[[nodiscard]] inline std::optional<std::size_t> find_column(const table_header& header,
                                                            const column_role& role, const column& wanted) {
    const auto& names = header.names;
    check_place(header, role, wanted);
    if (wanted.place()) return wanted.place();
    std::optional<std::size_t> found;
    const auto look = [&](auto&& fits) {
        for (std::size_t i = 0; i < names.size(); ++i) {
            if (!fits(names[i])) continue;
            if (found)
                header.fail("columns " + detail::quote(names[*found]) + " and " + detail::quote(names[i]) +
                            " could both be the " + role.what + "; name one with " + role.option +
                            ", or give its place, counted from 0");
            found = i;
        }
    };
    if (wanted.given()) {
        look([&](std::string_view name) { return name == wanted.name(); });
        if (!found) look([&](std::string_view name) { return split_type(name).name == wanted.name(); });
        if (!found)
            header.fail("there is no column " + detail::quote(wanted.name()) + " (" + role.option +
                        "); the columns are " + quoted_list(names));
        return found;
    }
    look([&](std::string_view name) { return is_one_of(role.usual_names, name); });
    if (!found) look([&](std::string_view name) { return is_one_of(role.other_names, name); });
    return found;
}

[[nodiscard]] inline std::size_t require_column(const table_header& header, const column_role& role,
                                                const column& wanted) {
    const auto found = find_column(header, role, wanted);
    if (!found)
        header.fail(std::string("no column looks like the ") + role.what + " among " +
                    quoted_list(header.names) + "; name it with " + role.option +
                    ", or give its place, counted from 0");
    return *found;
}

/// What the first line of a table is, where nobody said.
enum class first_line { header, row, doubt };

/// A header has no number, and a usual name (of `is_name`) or RecBole's types. Without these, numbers below
/// words put it in doubt. second: the next record, or empty.
template <class IsName>
[[nodiscard]] first_line look_at_first_line(const std::vector<std::string_view>& first,
                                            const std::vector<std::string_view>& second, IsName&& is_name) {
    bool named = false;
    for (const auto field : first) {
        if (looks_like_number(field)) return first_line::row;
        if (!split_type(field).type.empty()) return first_line::header;
        named = named || is_name(field);
    }
    if (named) return first_line::header;
    for (const auto field : second)
        if (second.size() == first.size() && looks_like_number(field)) return first_line::doubt;
    return first_line::row;
}

} // namespace graft::inline v0_1::detail
