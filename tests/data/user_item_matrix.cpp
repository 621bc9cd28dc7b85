#include <algorithm>
#include <vector>

#include <doctest/doctest.h>

#include <graft/core/random.hpp>
#include <graft/data/interactions_builder.hpp>
#include <graft/data/read_ratings.hpp>
#include <graft/data/user_item_matrix.hpp>

#include <support/real_data.hpp>

TEST_CASE("the matrix is what Eigen makes of the same triplets") {
    graft::random_engine engine(2);
    std::vector<graft::user_id> users;
    std::vector<graft::item_id> items;
    std::vector<float> values;
    std::vector<Eigen::Triplet<float, std::int64_t>> triplets;
    for (std::size_t i = 0; i < 400; ++i) {
        users.push_back(static_cast<graft::user_id>(graft::draw_below(engine, 40)));
        items.push_back(static_cast<graft::item_id>(graft::draw_below(engine, 50)));
        values.push_back(static_cast<float>(graft::draw_below(engine, 6)));
    }
    const auto all = resolve_duplicates(graft::interactions::from_rows(users, items, values, 43, 50),
                                        graft::duplicates::keep_first);
    for (std::size_t i = 0; i < all.size(); ++i)
        triplets.emplace_back(row_of(all.users()[i]), row_of(all.items()[i]), all.values()[i]);
    Eigen::SparseMatrix<float, Eigen::RowMajor, std::int64_t> expected(43, 50);
    expected.setFromTriplets(triplets.begin(), triplets.end());

    const auto matrix = graft::build_user_item_matrix(all);
    CHECK(matrix.values.isCompressed());
    CHECK(matrix.values.rows() == 43);
    CHECK(matrix.values.cols() == 50);
    REQUIRE(matrix.values.nonZeros() == expected.nonZeros());
    CHECK(std::equal(expected.outerIndexPtr(), expected.outerIndexPtr() + 44, matrix.values.outerIndexPtr()));
    CHECK(std::equal(expected.innerIndexPtr(), expected.innerIndexPtr() + expected.nonZeros(),
                     matrix.values.innerIndexPtr()));
    CHECK(
        std::equal(expected.valuePtr(), expected.valuePtr() + expected.nonZeros(), matrix.values.valuePtr()));
    CHECK(matrix.user_ids.get() == &all.user_ids());
}

TEST_CASE("ids, zeros and empty interactions") {
    graft::interactions_builder builder;
    builder.add("ann", "milk", 2).add("bob", "bread", 0).add("ann", "bread", 5);
    const auto matrix = graft::build_user_item_matrix(builder.build());
    CHECK(matrix.values.nonZeros() == 3);
    CHECK(matrix.values.coeff(0, 1) == 5);
    CHECK(matrix.user_ids->id(1) == "bob");
    CHECK(matrix.item_ids->find("bread") == 1);
    const auto none = graft::build_user_item_matrix(graft::interactions{});
    CHECK(none.values.rows() == 0);
    CHECK(none.values.nonZeros() == 0);
}

TEST_CASE("a pair that repeats has no place in a matrix") {
    const auto all = graft::make_interactions({{"a", "x"}, {"b", "y"}, {"b", "x"}, {"b", "y"}},
                                              graft::duplicates::keep_all);
    CHECK_THROWS_WITH_AS((void)graft::build_user_item_matrix(all),
                         "interactions: positions 1 and 3 are both user 'b' and item 'y'; choose "
                         "graft::duplicates::keep_first, keep_last or keep_all",
                         graft::argument_error);
}

TEST_CASE("a row of one pair, twice, and rows that begin with the item that the last one ended with") {
    const auto twice = graft::make_interactions({{"a", "x"}, {"a", "x"}}, graft::duplicates::keep_all);
    CHECK_THROWS_AS((void)graft::build_user_item_matrix(twice), graft::argument_error);
    const auto column = graft::make_interactions({{"a", "x"}, {"b", "x"}, {"c", "x"}});
    CHECK(graft::build_user_item_matrix(column).values.nonZeros() == 3);
}

TEST_CASE("ML-100K as a matrix") {
    const auto path = real_data("ml-100k/u.data");
    if (path.empty()) return;
    const auto all = graft::read_ratings(path);
    const auto matrix = graft::build_user_item_matrix(all);
    CHECK(matrix.values.nonZeros() == 100000);
    CHECK(matrix.values.sum() == 352986);
    const auto row = static_cast<Eigen::Index>(row_of(all.user("196")));
    CHECK(matrix.values.coeff(row, static_cast<Eigen::Index>(row_of(all.item("242")))) == 3);
}
