#include <cmath>
#include <vector>

#include <doctest/doctest.h>

#include <graft/model/recommender.hpp>
#include <graft/transfer/seed.hpp>

#include <support/backend.hpp>

namespace {

graft::row_vectors every_other(std::size_t rows) {
    graft::row_vectors v(rows, 2);
    for (std::size_t r = 0; r < rows; r += 2)
        v.set(r, Eigen::RowVector2f(static_cast<float>(r % 4), 10.0F + static_cast<float>(r % 4)));
    return v;
}

} // namespace

TEST_CASE("what rows without a vector get") {
    test::recommender<double> model(6, 1, 2);
    const auto start = model.users().row(1);
    graft::seed_rows(every_other(6), model.users());
    CHECK(model.users().row(1) == start);
    CHECK(model.users().row(2) == Eigen::Vector2d(2, 12));
    graft::seed_rows(every_other(6), model.users(), {.missing = graft::missing_row::zero});
    CHECK(model.users().row(1).isZero());
}

TEST_CASE("drawn rows have the mean and deviation of those that were found") {
    constexpr std::size_t rows = 4000;
    test::recommender<double> model(rows, 1, 2);
    graft::seed_rows(every_other(rows), model.users(), {.missing = graft::missing_row::draw, .seed = 5});
    double sum = 0;
    double squares = 0;
    for (std::size_t r = 1; r < rows; r += 2) {
        const double x = model.users().row(r)[1] - 11; // found: 10 or 12, so mean 11 and deviation 1
        sum += x;
        squares += x * x;
    }
    CHECK(std::abs(sum / 2000) < 0.1);
    CHECK(std::abs(squares / 2000 - 1) < 0.15);
    test::recommender<double> again(rows, 1, 2);
    graft::seed_rows(every_other(rows), again.users(), {.missing = graft::missing_row::draw, .seed = 5});
    CHECK(again.users().weights() == model.users().weights());
}

TEST_CASE("dimension and scale are matched") {
    test::recommender<double> narrow(6, 1, 1);
    CHECK_THROWS_WITH_AS(
        graft::seed_rows(every_other(6), narrow.users()),
        "transfer: the vectors have 2 numbers and the table's rows 1; give the model the dimension "
        "of the vectors, or bring the vectors to the model's first",
        graft::argument_error);
    graft::seed_rows(every_other(6), narrow.users(), {.shorten = graft::resize});
    CHECK(narrow.users().row(2)[0] == 2);
    graft::seed_rows(every_other(6), narrow.users(), {.shorten = graft::project});
    CHECK(std::abs(narrow.users().row(2)[0] - narrow.users().row(0)[0]) == doctest::Approx(std::sqrt(8.0)));
    CHECK_THROWS_WITH_AS(
        graft::seed_rows(every_other(6), narrow.users(),
                         {.shorten = [](const graft::row_vectors& v, std::size_t) { return v; }}),
        "transfer: seeding::shorten gave 6 x 2 numbers, not 6 x 1", graft::argument_error);

    test::recommender<double> model(6, 1, 2, {.stddev = 0.3});
    const double before = graft::root_mean_square(model.users().factors());
    auto all = every_other(6);
    for (std::size_t r = 1; r < 6; r += 2) all.set(r, Eigen::RowVector2f(1, -1));
    graft::seed_rows(all, model.users(), {.match_scale = true});
    CHECK(graft::root_mean_square(model.users().factors()) == doctest::Approx(before));
    CHECK(model.users().row(2)[1] / model.users().row(2)[0] == doctest::Approx(6));

    const auto weights = model.users().weights();
    CHECK_THROWS_AS(graft::seed_rows(every_other(5), model.users()), graft::argument_error);
    CHECK(model.users().weights() == weights);
}

TEST_CASE("vectors that are not finite at the table's scale change nothing") {
    // One long vector among many short ones is scaled beyond the largest float.
    test::recommender<float> many(2000, 1, 2, {.stddev = 1});
    std::vector<float> weights = many.users().weights();
    for (auto& w : weights) w = 2e38F;
    many.users().set_weights(weights);
    graft::row_vectors mixed(2000, 2);
    for (std::size_t r = 0; r < 2000; ++r) mixed.set(r, Eigen::RowVector2f(r == 1999 ? 1.0F : 0.0F, 0));
    CHECK_THROWS_WITH_AS(graft::seed_rows(mixed, many.users(), {.match_scale = true}),
                         "transfer: at the table's scale the vector for row 1999 is not finite; bring the "
                         "vectors to a common scale first",
                         graft::argument_error);
    CHECK(many.users().weights() == weights);
}
