#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include <graft/core/error.hpp>
#include <graft/data/detail/columns.hpp>

using graft::detail::column_role;
using graft::detail::find_column;
using graft::detail::first_line;
using graft::detail::require_column;
using graft::detail::row_failure;
using graft::detail::table_header;

namespace {

constexpr column_role user{"user", ".user", " user userid ", " name "};

std::string failure(const table_header& header, const graft::column& wanted) {
    try {
        static_cast<void>(require_column(header, user, wanted));
    } catch (const row_failure& failure) { return failure.what; }
    return "nothing was thrown";
}

} // namespace

TEST_CASE("a column is found by a usual name, whatever its case, punctuation and RecBole's type") {
    for (const auto* name : {"user", "USER_ID", "User-Id", "user id", "user_id:token", "user:float_seq"})
        CHECK(find_column({{"item", name}}, user, {}) == 1U);
    CHECK_FALSE(find_column({{"item", "users", "id", "---", "", "user:int"}}, user, {}));
}

TEST_CASE("a second choice of names counts where the first choice is not there") {
    CHECK(find_column({{"name", "item"}}, user, {}) == 0U);
    CHECK(find_column({{"name", "user"}}, user, {}) == 1U);
}

TEST_CASE("a column that is given has to be there as it is") {
    CHECK(find_column({{"user", "who"}}, user, "who") == 1U);
    CHECK(find_column({{"user", "who:token"}}, user, "who") == 1U);
    CHECK(find_column({{"user", "who:token"}}, user, "who:token") == 1U);
    CHECK(find_column({{"user", "who"}}, user, 1) == 1U);
    CHECK(failure({{"user", "who"}}, "Who") ==
          "there is no column 'Who' (.user); the columns are 'user', 'who'");
    CHECK(failure({{"user", "who"}}, 2) ==
          "the user should be in column 2, counted from 0 (.user), but the line has 2 fields");
}

TEST_CASE("two columns for one role, and none, are refused with what to name") {
    CHECK(failure({{"user", "user_id"}}, {}) ==
          "columns 'user' and 'user_id' could both be the user; name one "
          "with .user, or give its place, counted from 0");
    CHECK(failure({{"a", "b"}}, {}) == "no column looks like the user among 'a', 'b'; name it with .user, or "
                                       "give its place, counted from 0");
    CHECK(require_column({{"a", "user"}}, user, {}) == 1);
}

TEST_CASE("a long list of columns is shortened") {
    const std::vector<std::string_view> names(15, "x");
    const auto list = graft::detail::quoted_list(names);
    CHECK(list.starts_with("'x', 'x'"));
    CHECK(list.ends_with("'x', ... (15 in all)"));
    CHECK(graft::detail::quoted_list({}).empty());
}

TEST_CASE(
    "a first line is a header by its names or types, a row by its numbers, else in doubt above numbers") {
    using list = std::vector<std::string_view>;
    const auto look = [](const list& first, const list& second) {
        return graft::detail::look_at_first_line(first, second,
                                                 [](std::string_view n) { return n == "user"; });
    };
    CHECK(look({"user", "x"}, {"1", "2"}) == first_line::header);
    CHECK(look({"who:token", "what:token"}, {}) == first_line::header);
    CHECK(look({"user", "x", "3,5"}, {"1", "2", "3"}) == first_line::row);
    CHECK(look({"who", "what"}, {"1", "2"}) == first_line::doubt);
    CHECK(look({"who", "what"}, {"ann", "tea"}) == first_line::row);
    CHECK(look({"who", "what"}, {}) == first_line::row);
}
