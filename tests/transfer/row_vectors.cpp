#include <limits>

#include <doctest/doctest.h>

#include <graft/transfer/row_vectors.hpp>

#include <support/row_vectors.hpp>

TEST_CASE("rows without a vector are zero and known") {
    const auto v = test::three_of_four();
    CHECK(v.num_found() == 3);
    CHECK_FALSE(v.found(1));
    CHECK(v.row(1).isZero());
    CHECK(v.found_rows().rows() == 3);
    CHECK(v.with_found_rows(v.found_rows()).matrix() == v.matrix());
    graft::row_vectors w(2, 2);
    CHECK_THROWS_AS(w.set(2, Eigen::RowVector2f(0, 0)), graft::argument_error);
    CHECK_THROWS_AS(w.set(0, Eigen::RowVector3f(0, 0, 0)), graft::argument_error);
    CHECK_THROWS_AS(w.set(0, Eigen::RowVector2f(0, std::numeric_limits<float>::quiet_NaN())),
                    graft::argument_error);
    CHECK(w.num_found() == 0);
}

TEST_CASE("vectors of another length take the place of those that were found") {
    const auto wide = test::three_of_four().with_found_rows(graft::row_vectors::matrix_type::Ones(3, 5));
    CHECK(wide.dim() == 5);
    CHECK(wide.num_found() == 3);
    CHECK_FALSE(wide.found(1));
    CHECK(wide.row(1).isZero());
    CHECK(wide.row(3) == Eigen::RowVectorXf::Ones(5));
}

TEST_CASE("the root mean square is over all numbers") {
    CHECK(graft::root_mean_square(Eigen::Matrix2f{{1, -1}, {7, 7}}) == 5);
    CHECK(graft::root_mean_square(Eigen::MatrixXf(0, 3)) == 0);
}

TEST_CASE("a number beyond float is refused and changes nothing") {
    graft::row_vectors rows(2, 2);
    rows.set(0, Eigen::RowVector2d(1, 2));
    for (const double beyond : {1e39, -1e300})
        for (const std::size_t row : {0U, 1U})
            CHECK_THROWS_WITH_AS(rows.set(row, Eigen::RowVector2d(9, beyond)),
                                 doctest::Contains("of 2 numbers must have 2, all finite"),
                                 graft::argument_error);
    CHECK(rows.row(0) == Eigen::RowVector2f(1, 2));
    CHECK_FALSE(rows.found(1));
}
