#include <doctest/doctest.h>

#include <graft/data/catalog.hpp>

TEST_CASE("items are found by id and by row") {
    graft::catalog items;
    CHECK(items.empty());
    items.add("242", "Kolya (1996)", {"Comedy"});
    items.add("x-1", "");
    CHECK(items.size() == 2);
    CHECK(items.find("242") == 0);
    CHECK_FALSE(items.find("243"));
    CHECK(items.ids().id(1) == "x-1");
    CHECK(items.title("242") == "Kolya (1996)");
    CHECK(items.title(0) == "Kolya (1996)");
    CHECK(items.title(1).empty());
    CHECK(items.categories("242") == std::vector<std::string>{"Comedy"});
    CHECK(items.categories(1).empty());
}

TEST_CASE("what is not there or there twice is refused") {
    graft::catalog items;
    items.add("a", "A");
    CHECK_THROWS_WITH_AS(items.add("a", "B"), "catalog: item 'a' is there already", graft::argument_error);
    CHECK_THROWS_WITH_AS(items.add("", "B"), "catalog: the id of the item 'B' is empty",
                         graft::argument_error);
    CHECK(items.size() == 1);
    CHECK_THROWS_WITH_AS((void)items.title("b"), "catalog: item 'b' is unknown: it is none of the 1 items",
                         graft::argument_error);
    CHECK_THROWS_WITH_AS((void)items.categories("b"),
                         "catalog: item 'b' is unknown: it is none of the 1 items", graft::argument_error);
    CHECK_THROWS_WITH_AS((void)items.title(1), "catalog: row 1 was asked for; there are 1",
                         graft::argument_error);
}
