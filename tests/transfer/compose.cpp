#include <algorithm>
#include <vector>

#include <doctest/doctest.h>

#include <graft/data/interactions.hpp>
#include <graft/transfer/compose.hpp>

#include <support/backend.hpp>
#include <support/row_vectors.hpp>

TEST_CASE("standardise: mean zero and the length asked for, over found rows") {
    const auto v = graft::standardise(test::three_of_four(), 2.0);
    const auto some = v.found_rows();
    CHECK(some.colwise().mean().norm() < 1e-5F);
    CHECK(some.rowwise().squaredNorm().mean() == doctest::Approx(4));
    CHECK(v.row(1).isZero());
    CHECK(graft::standardise(graft::row_vectors(3, 2)).num_found() == 0);
    graft::row_vectors same(2, 1);
    same.set(0, Eigen::Matrix<float, 1, 1>(7));
    CHECK(graft::standardise(same).row(0).isZero());
    CHECK_THROWS_AS((void)graft::standardise(same, 0), graft::argument_error);
}

TEST_CASE("project keeps distances along the largest components") {
    const auto v = graft::project(test::three_of_four(), 2);
    CHECK((v.row(0) - v.row(3)).norm() == doctest::Approx(std::hypot(4.0, 30.0)));
    CHECK(v.found_rows().colwise().mean().norm() < 1e-4F);
    const auto one = graft::project(test::three_of_four(), 1);
    CHECK(one.dim() == 1);
    CHECK(std::abs(one.row(0)[0] - v.row(0)[0]) < 1e-4F);
    CHECK_FALSE(one.found(1));
    CHECK_THROWS_AS((void)graft::project(test::three_of_four(), 3), graft::argument_error);
    CHECK_THROWS_AS((void)graft::project(test::three_of_four(), 0), graft::argument_error);
    CHECK(graft::project(graft::row_vectors(3, 2), 1).dim() == 1);
}

TEST_CASE("resize cuts and pads") {
    CHECK(graft::resize(test::three_of_four(), 1).row(3)[0] == 5);
    const auto wide = graft::resize(test::three_of_four(), 3);
    CHECK(wide.row(3) == Eigen::RowVector3f(5, 40, 0));
    CHECK_FALSE(wide.found(1));
}

TEST_CASE("concatenate: a row is found if any source has it") {
    graft::row_vectors other(4, 1);
    other.set(1, Eigen::Matrix<float, 1, 1>(9));
    const auto both = graft::concatenate({test::three_of_four(), other});
    CHECK(both.num_found() == 4);
    CHECK(both.row(1) == Eigen::RowVector3f(0, 0, 9));
    CHECK(both.row(2) == Eigen::RowVector3f(3, 10, 0));
    CHECK_THROWS_AS((void)graft::concatenate({other, graft::row_vectors(3, 1)}), graft::argument_error);
    CHECK_THROWS_AS((void)graft::concatenate(std::vector<graft::row_vectors>{}), graft::argument_error);
}

TEST_CASE("shuffled deals the same vectors to the same rows") {
    graft::row_vectors many(50, 1);
    for (std::size_t r = 0; r < 50; r += 2) many.set(r, Eigen::Matrix<float, 1, 1>(static_cast<float>(r)));
    const auto mixed = graft::shuffled(many, 3);
    std::vector<float> before;
    std::vector<float> after;
    for (std::size_t r = 0; r < 50; ++r) {
        CHECK(mixed.found(r) == many.found(r));
        before.push_back(many.row(r)[0]);
        after.push_back(mixed.row(r)[0]);
    }
    CHECK(before != after);
    std::sort(before.begin(), before.end());
    std::sort(after.begin(), after.end());
    CHECK(before == after);
    CHECK(graft::shuffled(many, 3).matrix() == mixed.matrix());
    CHECK(graft::shuffled(many, 4).matrix() != mixed.matrix());
}

TEST_CASE("users get the mean of the items they met") {
    using graft::item_id;
    using graft::user_id;
    const std::vector<user_id> users{user_id{0}, user_id{0}, user_id{2}, user_id{0}};
    const std::vector<item_id> items{item_id{0}, item_id{3}, item_id{1}, item_id{1}};
    const std::vector<float> values(4, 1.0F);
    const auto train = graft::interactions::from_rows(users, items, values, 3, 4);
    const auto means = graft::mean_of_items(test::three_of_four(), train);
    CHECK(means.rows() == 3);
    CHECK(means.row(0) == Eigen::RowVector2f(3, 25)); // item 1 has no vector
    CHECK_FALSE(means.found(1));
    CHECK_FALSE(means.found(2));
    CHECK_THROWS_AS((void)graft::mean_of_items(graft::row_vectors(3, 2), train), graft::argument_error);
}
