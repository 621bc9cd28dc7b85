#include <cmath>
#include <vector>

#include <doctest/doctest.h>

#include <graft/model/recommender.hpp>
#include <graft/model/row_and_bias.hpp>
#include <graft/serve/fold_in.hpp>

#include <support/backend.hpp>

using graft::item_id;
using graft::user_id;
using model = test::recommender<double, Eigen::Dynamic, graft::biased>;

namespace {

model three_items() {
    model m(1, 3, 2, {.stddev = 1, .seed = 4});
    m.set_mean(3);
    m.items().set_bias(0, 0.5);
    m.items().set_bias(2, -0.25);
    return m;
}

double objective(const model& m, const Eigen::RowVectorXd& row, const std::vector<item_id>& items,
                 const std::vector<float>& ratings, const graft::fold_in_options& o,
                 const Eigen::RowVectorXd& start) {
    double sum = o.row_l2 * (row - start).squaredNorm();
    for (std::size_t k = 0; k < items.size(); ++k) {
        const auto i = graft::row_of(items[k]);
        const double miss = m.mean() + m.items().bias(i) + row[2] +
                            row.head(2).dot(m.items().row(i).transpose()) - static_cast<double>(ratings[k]);
        sum += miss * miss +
               o.l2 * ((row - start).head(2).squaredNorm() + o.bias_l2 * std::pow(row[2] - start[2], 2));
    }
    return sum;
}

} // namespace

TEST_CASE("a new user's row is the minimum of the training objective, and the model is not touched") {
    const auto m = three_items();
    const auto before = m.items().weights();
    const std::vector<item_id> items{item_id{2}, item_id{0}, item_id{2}};
    const std::vector<float> ratings{5, 1, 4};
    for (const bool with_start : {false, true}) {
        graft::fold_in_options o{.l2 = 0.3, .bias_l2 = 0.5, .row_l2 = with_start ? 2.0 : 0.0};
        if (with_start) o.start = Eigen::RowVector3d(1, -2, 0.5);
        const Eigen::RowVectorXd start = with_start ? o.start : Eigen::RowVectorXd::Zero(3);
        const auto row = graft::fold_in_user(m, items, ratings, o);
        REQUIRE(row.size() == 3);
        const double least = objective(m, row, items, ratings, o, start);
        for (Eigen::Index i = 0; i < 3; ++i)
            for (const double step : {-1e-4, 1e-4}) {
                auto other = row;
                other[i] += step;
                CHECK(objective(m, other, items, ratings, o, start) > least);
            }
    }
    CHECK(m.items().weights() == before);
}

TEST_CASE("with next to no penalty a user's own ratings give the user's row again") {
    model m(1, 6, 2, {.stddev = 1, .seed = 4});
    m.set_mean(3);
    m.users().set_bias(0, 0.7);
    std::vector<item_id> items;
    std::vector<float> ratings;
    for (unsigned i = 0; i < 6; ++i) {
        items.push_back(item_id{i});
        ratings.push_back(static_cast<float>(m.score(user_id{0}, item_id{i})));
    }
    const auto row = graft::fold_in_user(m, items, ratings, {.l2 = 1e-10});
    CHECK((row - graft::row_and_bias(m.users(), 0)).norm() < 1e-4);
}

TEST_CASE("items fold in as users do") {
    model m(5, 1, 2, {.stddev = 1, .seed = 4});
    m.set_mean(3);
    std::vector<user_id> users;
    std::vector<float> ratings;
    for (unsigned u = 0; u < 5; ++u) {
        m.users().set_bias(u, u * 0.1);
        users.push_back(user_id{u});
        ratings.push_back(static_cast<float>(m.score(user_id{u}, item_id{0})));
    }
    const auto row = graft::fold_in_item(m, users, ratings, {.l2 = 1e-10});
    CHECK((row - graft::row_and_bias(m.items(), 0)).norm() < 1e-4);
}

TEST_CASE("without ratings the start is given, with or without its bias") {
    const auto m = three_items();
    const std::vector<item_id> none;
    CHECK(graft::fold_in_user(m, none, {}, {}) == Eigen::RowVectorXd::Zero(3));
    CHECK(graft::fold_in_user(m, none, {}, {.start = Eigen::RowVector2d(1, 2)}) ==
          Eigen::RowVector3d(1, 2, 0));
    const test::recommender<float> plain(1, 3, 2);
    CHECK(graft::fold_in_user(plain, none, {}, {}).size() == 2);
}

TEST_CASE("a dot product has no bias to fold in") {
    test::recommender<double, 1> m(1, 2);
    m.items().set_row(0, Eigen::Matrix<double, 1, 1>(2));
    const std::vector<item_id> items{item_id{0}};
    const std::vector<float> ratings{5};
    const auto row = graft::fold_in_user(m, items, ratings, {.l2 = 1});
    REQUIRE(row.size() == 1);
    CHECK(row[0] == doctest::Approx(2.0 * 5 / (4 + 1)));
}

TEST_CASE("what cannot be folded in is refused") {
    const auto m = three_items();
    const std::vector<item_id> items{item_id{0}};
    const std::vector<item_id> outside{item_id{3}};
    const std::vector<float> ratings{5};
    const std::vector<float> nan{std::nanf("")};
    CHECK_THROWS_WITH_AS((void)graft::fold_in_user(m, outside, ratings),
                         "fold_in_user: row 3 at position 0 is not among the model's 3",
                         graft::argument_error);
    CHECK_THROWS_AS((void)graft::fold_in_user(m, items, {}), graft::argument_error);
    CHECK_THROWS_AS((void)graft::fold_in_user(m, items, nan), graft::argument_error);
    CHECK_THROWS_AS((void)graft::fold_in_user(m, items, ratings, {.l2 = 0}), graft::argument_error);
    CHECK_THROWS_AS((void)graft::fold_in_user(m, items, ratings, {.bias_l2 = -1}), graft::argument_error);
    CHECK_THROWS_AS((void)graft::fold_in_user(m, items, ratings, {.row_l2 = -1}), graft::argument_error);
    CHECK_THROWS_AS((void)graft::fold_in_user(m, items, ratings, {.start = Eigen::RowVectorXd::Zero(5)}),
                    graft::argument_error);
}

TEST_CASE("a row beyond the numbers is refused") {
    test::recommender<double> m(1, 1, 2, {.stddev = 0});
    m.items().set_row(0, Eigen::Vector2d(1e200, 1));
    const std::vector<item_id> items{item_id{0}};
    const std::vector<float> ratings{5};
    CHECK_THROWS_WITH_AS(
        (void)graft::fold_in_user(m, items, ratings),
        "fold_in_user: the row is not finite: the model's rows, the ratings or the start are "
        "too large to be squared; scale them down",
        graft::argument_error);
}
