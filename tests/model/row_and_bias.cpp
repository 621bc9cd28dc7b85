#include <limits>

#include <doctest/doctest.h>

#include <graft/model/recommender.hpp>
#include <graft/model/row_and_bias.hpp>

#include <support/backend.hpp>

using biased_model = test::recommender<float, Eigen::Dynamic, graft::biased>;

TEST_CASE("a row with its bias") {
    biased_model model(2, 2, 2);
    graft::set_row_and_bias(model.users(), 1, Eigen::RowVector3d(1, 2, 3));
    CHECK(model.users().row(1) == Eigen::Vector2f(1, 2));
    CHECK(model.users().bias(1) == 3);
    CHECK(graft::row_and_bias(model.users(), 1) == Eigen::RowVector3d(1, 2, 3));
    CHECK_THROWS_AS(graft::set_row_and_bias(model.users(), 1, Eigen::RowVector2d(1, 2)),
                    graft::argument_error);
    CHECK_THROWS_AS(graft::set_row_and_bias(model.users(), 2, Eigen::RowVector3d(1, 2, 3)),
                    graft::argument_error);
    CHECK_THROWS_AS(graft::set_row_and_bias(
                        model.users(), 1, Eigen::RowVector3d(9, 9, std::numeric_limits<double>::infinity())),
                    graft::argument_error);
    CHECK(model.users().row(1) == Eigen::Vector2f(1, 2));
}

TEST_CASE("a row without a bias is its factors") {
    test::recommender<double, 2> model(1, 1);
    graft::set_row_and_bias(model.items(), 0, Eigen::RowVector2d(4, 5));
    CHECK(graft::row_and_bias(model.items(), 0) == Eigen::RowVector2d(4, 5));
    CHECK_THROWS_AS(graft::set_row_and_bias(model.items(), 0, Eigen::RowVector3d(1, 2, 3)),
                    graft::argument_error);
    CHECK_THROWS_AS((void)graft::row_and_bias(model.items(), 1), graft::argument_error);
}

TEST_CASE("a number beyond the table's type changes nothing") {
    biased_model model(2, 2, 2);
    graft::set_row_and_bias(model.users(), 1, Eigen::RowVector3d(1, 2, 3));
    for (const Eigen::RowVector3d& beyond :
         {Eigen::RowVector3d(9, 9, 1e39), Eigen::RowVector3d(9, -1e300, 9)})
        CHECK_THROWS_WITH_AS(graft::set_row_and_bias(model.users(), 1, beyond),
                             "set_row_and_bias: 3 numbers must fill a row of 2 and a bias, all finite",
                             graft::argument_error);
    CHECK(graft::row_and_bias(model.users(), 1) == Eigen::RowVector3d(1, 2, 3));
}
