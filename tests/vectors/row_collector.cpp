#include <limits>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <graft/vectors/detail/row_collector.hpp>

#include <support/vector_files.hpp>

using namespace vectors_test;
using graft::detail::row_collector;

TEST_CASE("a filter knows wanted words by themselves and by what stands before their first space") {
    const graft::detail::word_filter all{graft::read_options{}};
    CHECK(all.wants("x"));
    CHECK(all.may_want("x"));
    CHECK(all.most() == (std::numeric_limits<std::size_t>::max)());
    graft::read_options options{.wanted = std::vector<std::string>{"New York", "tea"}};
    const graft::detail::word_filter some(options);
    CHECK(some.most() == 2);
    CHECK(some.wants("New York"));
    CHECK_FALSE(some.wants("New"));
    CHECK(some.may_want("New"));
    CHECK_FALSE(some.wants("Tea"));
    options.case_fallback = true;
    CHECK(graft::detail::word_filter(options).wants("TEA"));
}

TEST_CASE("rows stay where their word came first, while the matrix grows") {
    for (const auto policy : {graft::on_duplicate::first, graft::on_duplicate::last}) {
        row_collector rows("f", 1, {.duplicates = policy});
        for (int i = 0; i < 100; ++i) *rows.add(std::to_string(i), {}) = static_cast<float>(i);
        float* const again = rows.add("7", {});
        CHECK((again == nullptr) == (policy == graft::on_duplicate::first));
        if (again != nullptr) *again = -1;
        CHECK(rows.duplicates == 1);
        CHECK(rows.kept() == 100);
        const auto vectors = std::move(rows).finish();
        CHECK(vectors.matrix().rows() == 100);
        CHECK(vectors["99"](0) == 99);
        CHECK(vectors.row(7)(0) == (policy == graft::on_duplicate::first ? 7 : -1));
    }
    row_collector rows("f", 1, {.duplicates = graft::on_duplicate::error});
    CHECK(rows.add("a", {}) != nullptr);
    CHECK_THROWS_WITH_AS(static_cast<void>(rows.add("a", {true, 9})),
                         "f:9: the word 'a' comes again (first as word 1 of those kept); read with "
                         ".duplicates = on_duplicate::first or ::last",
                         graft::format_error);
}
