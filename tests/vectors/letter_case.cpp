#include <array>
#include <string>

#include <doctest/doctest.h>

#include <graft/vectors/detail/letter_case.hpp>

TEST_CASE("a word's other cases are lower, Capitalised and UPPER, of ASCII letters") {
    using cases = std::array<std::string, 3>;
    CHECK(graft::detail::other_cases("teA") == cases{"tea", "Tea", "TEA"});
    CHECK(graft::detail::other_cases("zA-9") == cases{"za-9", "Za-9", "ZA-9"});
    CHECK(graft::detail::other_cases("\xc3\x89t\xc3\xa9") ==
          cases{"\xc3\x89t\xc3\xa9", "\xc3\x89t\xc3\xa9", "\xc3\x89T\xc3\xa9"});
    CHECK(graft::detail::other_cases("") == cases{"", "", ""});
}
