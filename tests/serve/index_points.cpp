#include <algorithm>
#include <cmath>
#include <cstddef>
#include <memory>
#include <vector>

#include <doctest/doctest.h>

#include <graft/data/id_map.hpp>
#include <graft/model/recommender.hpp>
#include <graft/serve/index_points.hpp>
#include <graft/serve/recommend.hpp>

#include <support/backend.hpp>

using graft::user_id;

namespace {

/// The rows in the order of what a measure gives, smallest first.
template <class Measure>
std::vector<std::size_t> order_by(std::size_t rows, Measure&& measure) {
    std::vector<std::size_t> order(rows);
    for (std::size_t r = 0; r < rows; ++r) order[r] = r;
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return measure(a) < measure(b); });
    return order;
}

template <class Model>
void check_orders(Model& model) {
    const auto points = graft::index_points(model);
    const std::vector<user_id> users{user_id{0}, user_id{3}};
    const auto queries = graft::index_queries(model, users);
    REQUIRE(points.size() == model.num_items());
    REQUIRE(static_cast<std::size_t>(queries.cols()) == points.dim());
    const Eigen::MatrixXd at = points.matrix().template cast<double>();
    const double length = at.row(0).norm();
    for (Eigen::Index i = 0; i < at.rows(); ++i) CHECK(at.row(i).norm() == doctest::Approx(length));
    for (std::size_t u = 0; u < users.size(); ++u) {
        const Eigen::RowVectorXd query = queries.row(static_cast<Eigen::Index>(u)).template cast<double>();
        std::vector<std::size_t> expected;
        for (const auto& [item, score] : graft::recommend(model, users[u], model.num_items()))
            expected.push_back(graft::row_of(item));
        const auto row = [&](std::size_t i) { return at.row(static_cast<Eigen::Index>(i)); };
        CHECK(order_by(points.size(), [&](auto i) { return -row(i).dot(query); }) == expected);
        CHECK(order_by(points.size(), [&](auto i) { return (row(i) - query).norm(); }) == expected);
        CHECK(order_by(points.size(), [&](auto i) { return -row(i).dot(query) / row(i).norm(); }) ==
              expected);
        double constant = 0;
        if constexpr (Model::scorer_type::has_biases)
            constant = static_cast<double>(model.mean()) +
                       static_cast<double>(model.users().bias(graft::row_of(users[u])));
        CHECK(row(7).dot(query) + constant ==
              doctest::Approx(static_cast<double>(model.score(users[u], graft::item_id{7}))));
    }
}

} // namespace

TEST_CASE("distance, cosine and inner product of points order items as their scores do") {
    test::recommender<float, Eigen::Dynamic, graft::dot> dots(4, 30, 5, {.stddev = 1, .seed = 3});
    CHECK(graft::index_points(dots).dim() == 6);
    check_orders(dots);
    test::recommender<double, 4, graft::biased> biased(4, 30, 4, {.stddev = 1, .seed = 3});
    biased.set_mean(3.5);
    for (std::size_t r = 0; r < 30; ++r) biased.items().set_bias(r, static_cast<double>(r % 7) - 3);
    biased.users().set_bias(3, 2);
    CHECK(graft::index_points(biased).dim() == 6);
    check_orders(biased);
}

TEST_CASE("points bear the ids of the items, or the numbers of their rows") {
    test::recommender<float, 2, graft::dot> model(1, 3);
    CHECK(graft::index_points(model).word(2) == "2");
    graft::id_map ids;
    ids.insert("tea");
    ids.insert("jam");
    model.set_ids(nullptr, std::make_shared<const graft::id_map>(std::move(ids)));
    const auto points = graft::index_points(model);
    REQUIRE(points.size() == 2); // the third has no id yet
    CHECK(points.word(1) == "jam");
}

TEST_CASE("users outside of the model and numbers too large for floats are refused") {
    test::recommender<double, 2, graft::dot> model(1, 1);
    const std::vector<user_id> users{user_id{0}, user_id{1}};
    CHECK_THROWS_WITH_AS((void)graft::index_queries(model, users),
                         "index_queries: user 1 (at position 1) is not among the model's 1",
                         graft::argument_error);
    model.items().set_row(0, Eigen::Vector2d(1e300, 0));
    CHECK_THROWS_AS((void)graft::index_points(model), graft::argument_error);
}
