#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include <graft/core/error.hpp>
#include <graft/data/detail/columns.hpp>

using graft::detail::column_role;
using graft::detail::find_column;
using graft::detail::record_reader;
using graft::detail::require_column;

namespace {

constexpr column_role user{"user", ".user", " user userid "};

record_reader header_of(std::string_view line) {
    record_reader header(line, "f", ",");
    REQUIRE(header.next());
    return header;
}

} // namespace

TEST_CASE("a column is found by a usual name, whatever its case and punctuation") {
    for (const auto* line : {"item,user", "item,USER_ID", "item,User-Id", "item,\"user id\""})
        CHECK(find_column(header_of(line), user, "") == 1U);
    CHECK_FALSE(find_column(header_of("item,users,id,---,"), user, ""));
}

TEST_CASE("a name that is given has to be there as it is") {
    CHECK(find_column(header_of("user,who"), user, "who") == 1U);
    CHECK_THROWS_WITH_AS((void)find_column(header_of("user,who"), user, "Who"),
                         "f:1: there is no column 'Who' (.user); the columns are 'user', 'who'",
                         graft::format_error);
}

TEST_CASE("two columns for one role, and none, are refused with what to name") {
    CHECK_THROWS_WITH_AS((void)find_column(header_of("user,user_id"), user, ""),
                         "f:1: columns 'user' and 'user_id' could both be the user; name one with .user",
                         graft::format_error);
    CHECK_THROWS_WITH_AS((void)require_column(header_of("a,b"), user, ""),
                         "f:1: no column looks like the user among 'a', 'b'; name it with .user",
                         graft::format_error);
    CHECK(require_column(header_of("a,user"), user, "") == 1);
}

TEST_CASE("a long list of columns is shortened") {
    const std::vector<std::string_view> names(15, "x");
    const auto list = graft::detail::quoted_list(names);
    CHECK(list.starts_with("'x', 'x'"));
    CHECK(list.ends_with("'x', ... (15 in all)"));
    CHECK(graft::detail::quoted_list({}).empty());
}
