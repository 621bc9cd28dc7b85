#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <graft/data/detail/id_rows.hpp>

TEST_CASE("a shared map is copied when the first new id comes, and copies go their own ways") {
    graft::id_map ids;
    ids.insert("a");
    const auto known = std::make_shared<const graft::id_map>(ids);
    graft::detail::id_rows rows(known);
    CHECK(rows.insert("a") == 0);
    CHECK(graft::detail::id_rows(rows).finish()->size() - known->size() == 0);
    CHECK(graft::detail::id_rows(rows).finish() == known);
    CHECK(rows.insert("b") == 1);
    auto other = rows;
    CHECK(other.insert("c") == 2);
    CHECK(rows.insert("d") == 2);
    CHECK_FALSE(rows.find("c"));
    CHECK(graft::detail::id_rows(rows).finish()->size() - known->size() == 2);
    CHECK(std::move(rows).finish()->size() == 3);
    CHECK(known->size() == 1);
}

TEST_CASE("new ids go behind those of a shared map, many at once") {
    graft::id_map ids;
    ids.insert("a");
    const auto known = std::make_shared<const graft::id_map>(ids);
    graft::detail::id_rows rows(known);
    rows.insert_new({});
    CHECK(graft::detail::id_rows(rows).finish() == known);
    const std::vector<std::string_view> some{"c", "b", "d"};
    rows.insert_new(some);
    const auto all = std::move(rows).finish();
    REQUIRE(all->size() == 4);
    CHECK(all->id(0) == "a");
    CHECK(all->id(1) == "c");
    CHECK(all->id(3) == "d");
}

TEST_CASE("without a map all ids are new") {
    graft::detail::id_rows rows;
    rows.reserve(2, 2);
    CHECK_FALSE(rows.find("a"));
    CHECK(rows.insert("a") == 0);
    CHECK(graft::detail::id_rows(rows).finish()->size() == 1);
    CHECK(std::move(rows).finish()->id(0) == "a");
    CHECK(graft::detail::id_rows().finish()->empty());
}
