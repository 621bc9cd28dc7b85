#include <doctest/doctest.h>

#include <graft/data/id_map.hpp>

TEST_CASE("ids get rows in order of first appearance, and names come back") {
    graft::id_map map;
    CHECK(map.insert("18446744073709551616") == 0);
    CHECK(map.insert("7") == 1);
    CHECK(map.insert("007") == 2);
    CHECK(map.insert("7") == 1);
    CHECK(map.size() == 3);
    CHECK(map.id(0) == "18446744073709551616");
    CHECK(map.find("007") == 2);
    CHECK_FALSE(map.find("8"));
    CHECK_THROWS_WITH_AS((void)map.id(3), "id_map: row 3 was asked for; there are 3", graft::argument_error);
}

TEST_CASE("numbered rows are named by their numbers") {
    const auto map = graft::id_map::numbered(1001);
    CHECK(map.size() == 1001);
    CHECK(map.id(1000) == "1000");
    CHECK(map.find("42") == 42);
    CHECK(graft::id_map::numbered(0).empty());
    CHECK_THROWS_WITH_AS((void)graft::id_map::numbered(graft::max_rows + 1),
                         "id_map: 4294967295 rows were asked for; at most 4294967294 are possible",
                         graft::argument_error);
}
