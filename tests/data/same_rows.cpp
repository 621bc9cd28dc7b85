#include <memory>
#include <string>

#include <doctest/doctest.h>

#include <graft/core/error.hpp>
#include <graft/data/id_map.hpp>
#include <graft/data/interactions_builder.hpp>
#include <graft/data/same_rows.hpp>

namespace {

std::shared_ptr<const graft::id_map> named(std::initializer_list<const char*> ids) {
    graft::id_map map;
    for (const char* id : ids) map.insert(id);
    return std::make_shared<const graft::id_map>(std::move(map));
}

struct rows {
    std::shared_ptr<const graft::id_map> users, items;
    [[nodiscard]] const auto& shared_user_ids() const { return users; }
    [[nodiscard]] const auto& shared_item_ids() const { return items; }
};

} // namespace

TEST_CASE("rows are the same where each has one id, and one source may have more of them") {
    const rows model{named({"ann", "bob"}), named({"tea", "jam"})};
    const auto check = [&](const rows& data) { graft::detail::check_same_rows("evaluate", model, data); };
    CHECK_NOTHROW(check(model));
    CHECK_NOTHROW(check({named({"ann", "bob"}), named({"tea", "jam"})})); // other maps of the same ids
    CHECK_NOTHROW(check({named({"ann", "bob", "eve"}), named({"tea"})}));
    CHECK_NOTHROW(check({named({}), named({})}));
    CHECK_NOTHROW(check({nullptr, nullptr}));                            // unknown
    CHECK_NOTHROW(graft::detail::check_same_rows("evaluate", 7, model)); // knows no ids
    CHECK_THROWS_WITH_AS(
        check({named({"bob", "ann"}), model.items}),
        "evaluate: user row 0 is 'ann' in the model and 'bob' in the data; give it data of the "
        "source that it was trained on, or read with .rows_of = model",
        graft::argument_error);
    CHECK_THROWS_WITH_AS(
        check({model.users, named({"tea", "pie", "jam"})}),
        "evaluate: item row 1 is 'jam' in the model and 'pie' in the data; give it data of the "
        "source that it was trained on, or read with .rows_of = model",
        graft::argument_error);
}

TEST_CASE("interactions know the ids of their rows") {
    graft::interactions_builder one;
    graft::interactions_builder other;
    one.add("ann", "tea").add("bob", "jam");
    other.add("bob", "jam").add("ann", "tea");
    const auto ab = one.build();
    const auto ba = other.build();
    CHECK_NOTHROW(graft::detail::check_same_rows("fit", ab, ab.select({})));
    CHECK_THROWS_AS(graft::detail::check_same_rows("fit", ab, ba), graft::argument_error);
    CHECK_NOTHROW(graft::detail::check_same_rows("fit", ab, graft::interactions{}));
}
