#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <graft/core/detail/utf8.hpp>
#include <graft/data/detail/records.hpp>

namespace graft::detail {

/// What a column is for: the usual names for it, folded, and the option with which it can be named.
struct column_role {
    const char* what;
    const char* option;
    std::string_view usual_names; ///< each between blanks
};

/// A column name between blanks, in small letters and without anything but letters and digits: "User_ID" is
/// " userid ".
[[nodiscard]] inline std::string folded(std::string_view name) {
    std::string result(" ");
    for (const char c : name) {
        if (c >= 'A' && c <= 'Z') result.push_back(static_cast<char>(c - 'A' + 'a'));
        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) result.push_back(c);
    }
    result.push_back(' ');
    return result;
}

[[nodiscard]] inline bool usual_name(const column_role& role, std::string_view name) {
    const std::string plain = folded(name);
    return plain.size() > 2 && role.usual_names.find(plain) != std::string_view::npos;
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

/// The column of a role in a header: the one of exactly this name if a name is given, otherwise the only one
/// with a usual name. Throws format_error if a wanted column is not there or several would do.
[[nodiscard]] inline std::optional<std::size_t>
find_column(const record_reader& header, const column_role& role, const std::string& wanted) {
    const auto& names = header.fields();
    std::optional<std::size_t> found;
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (wanted.empty() ? !usual_name(role, names[i]) : names[i] != wanted) continue;
        if (found)
            header.fail("columns " + detail::quote(names[*found]) + " and " + detail::quote(names[i]) +
                        " could both be the " + role.what + "; name one with " + role.option);
        found = i;
    }
    if (!found && !wanted.empty())
        header.fail("there is no column " + detail::quote(wanted) + " (" + role.option +
                    "); the columns are " + quoted_list(names));
    return found;
}

[[nodiscard]] inline std::size_t require_column(const record_reader& header, const column_role& role,
                                                const std::string& wanted) {
    const auto found = find_column(header, role, wanted);
    if (!found)
        header.fail(std::string("no column looks like the ") + role.what + " among " +
                    quoted_list(header.fields()) + "; name it with " + role.option);
    return *found;
}

} // namespace graft::detail
