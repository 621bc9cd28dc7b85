#include <doctest/doctest.h>

#include <graft/data/catalog.hpp>
#include <graft/data/id_map.hpp>
#include <graft/transfer/features.hpp>

namespace {

graft::catalog texts() {
    graft::catalog all;
    all.add("x", "New (2000)", {"War", "Drama"});
    all.add("y", "Old (1937)", {});
    all.add("z", "Undated", {"War"});
    return all;
}

graft::id_map names() {
    graft::id_map all;
    for (const char* n : {"y", "x", "z", "?"}) all.insert(n);
    return all;
}

} // namespace

TEST_CASE("categories become flags, in the order of their names") {
    const auto flags = graft::category_flags(texts(), names());
    CHECK(flags.dim() == 2); // Drama, War
    CHECK(flags.row(1) == Eigen::RowVector2f(1, 1));
    CHECK(flags.row(2) == Eigen::RowVector2f(0, 1));
    CHECK_FALSE(flags.found(0));
    CHECK_FALSE(flags.found(3));
}

TEST_CASE("the year of a title becomes its age, also beyond each bend") {
    const auto ages = graft::title_ages(texts(), names());
    CHECK(ages.dim() == 8);
    CHECK(ages.row(1).isZero());
    CHECK(ages.found(1));
    CHECK(ages.row(0)[0] == doctest::Approx(6.3)); // 63 years
    CHECK(ages.row(0)[6] == doctest::Approx(3.1)); // beyond 32
    CHECK(ages.row(0)[7] == 0);
    CHECK_FALSE(ages.found(2));
}

TEST_CASE("a catalogue without categories and years gives no features") {
    graft::catalog bare;
    bare.add("x", "Title");
    CHECK(graft::category_flags(bare, bare.ids()).dim() == 0);
    CHECK(graft::category_flags(bare, bare.ids()).num_found() == 0);
    CHECK(graft::title_ages(bare, bare.ids()).num_found() == 0);
}
