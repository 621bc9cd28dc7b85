#include <string_view>

#include <doctest/doctest.h>

#include <graft/data/detail/ratings_blocks.hpp>

TEST_CASE("the item that a block of Netflix's ends in is found from its end") {
    const auto last = [](std::string_view text) {
        return graft::detail::last_netflix_item(text, {",", graft::detail::dialect::quote_rule::off},
                                                "before");
    };
    CHECK(last("1:\n2,3,2005-01-01\n22:\r\n4,5,2005-01-01\n") == "22");
    CHECK(last("1:\n2,3,2005-01-01 10:00:00\n") == "1");
    CHECK(last("2,3,2005-01-01\n") == "before");
    CHECK(last(":\n") == "before");
    CHECK(last("7 :\n\t :\n1,:\n") == "7");
    CHECK(last("7:") == "7");
    CHECK(last("") == "before");
}
