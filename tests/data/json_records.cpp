#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include <graft/data/detail/json_records.hpp>

using graft::detail::json_records;
using graft::detail::keys_of;
using graft::detail::row_failure;

TEST_CASE("the wanted keys of each line are its fields, in the order that is asked for") {
    const std::vector<std::string> keys{"user", "item", "tags"};
    json_records records("{\"item\": 7.0, \"x\": {\"user\": 1}, \"user\": \"a\\tb\"}\n "
                         "\r\n{\"user\":\"\",\"tags\":[\"p\",[\"q\"]]}",
                         keys);
    records.allow_list(2);
    REQUIRE(records.next());
    CHECK(records.fields()[0] == "a\tb");
    CHECK(records.fields()[1] == "7.0");
    CHECK(records.fields()[2].data() == nullptr);
    REQUIRE(records.next());
    CHECK(records.line() == 3);
    CHECK(records.blank_lines() == 1);
    CHECK(records.fields()[0].empty());
    CHECK(records.fields()[0].data() != nullptr);
    CHECK(records.fields()[1].data() == nullptr);
    CHECK(records.is_list(2));
    CHECK(records.list(2) == std::vector<std::string_view>{"p", "q"});
    CHECK_FALSE(records.next());
}

TEST_CASE("the keys of the first lines are found, whichever line has them") {
    const auto keys = keys_of("{\"a\":1,\"b\":\"x\"}\n\n{\"c\":[1],\"b\":2}\n{broken\n", 1);
    REQUIRE(keys.size() == 3);
    CHECK(keys[0].name == "a");
    CHECK(keys[0].number);
    CHECK(keys[1].number);
    CHECK(keys[2].name == "c");
    CHECK_FALSE(keys[2].number);
    CHECK_THROWS_AS(static_cast<void>(keys_of("{broken\n", 1)), row_failure);
}
