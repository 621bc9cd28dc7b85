#include <memory>

#include <doctest/doctest.h>

#include <graft/core/error.hpp>
#include <graft/data/id_map.hpp>
#include <graft/data/interactions_builder.hpp>
#include <graft/data/row_ids.hpp>

namespace {

std::shared_ptr<const graft::id_map> named(std::initializer_list<const char*> ids) {
    graft::id_map map;
    for (const char* id : ids) map.insert(id);
    return std::make_shared<const graft::id_map>(std::move(map));
}

struct nameless {
    std::shared_ptr<const graft::id_map> users, items;
    [[nodiscard]] const auto& shared_user_ids() const { return users; }
    [[nodiscard]] const auto& shared_item_ids() const { return items; }
};

} // namespace

TEST_CASE("a longer map begins with the known rows, and is the known one where nothing is new") {
    const auto known = named({"b", "a"});
    const auto longer = graft::append_ids(known, *named({"a", "d", "b", "c"}));
    REQUIRE(longer->size() == 4);
    CHECK(longer->common_rows(*known) == 2);
    CHECK(longer->id(2) == "d");
    CHECK(longer->id(3) == "c");
    CHECK(known->size() == 2);
    CHECK(graft::append_ids(known, *named({"a"})) == known);
    CHECK(graft::append_ids(nullptr, *known)->common_rows(*known) == 2);
    CHECK(graft::append_ids(nullptr, {})->empty());
}

TEST_CASE("what does not know the ids of its rows has none to go on from") {
    CHECK_THROWS_WITH_AS(graft::row_ids(nameless{nullptr, named({"x"})}),
                         "row_ids: the users have no ids; fit gives a model those of its data, or set them "
                         "with set_ids",
                         graft::argument_error);
    CHECK_THROWS_AS(graft::row_ids(nameless{named({"x"}), nullptr}), graft::argument_error);
    CHECK(graft::row_ids(graft::interactions{}).users->empty());
}
