#include <cmath>
#include <vector>

#include <doctest/doctest.h>

#include <graft/core/random.hpp>
#include <graft/transfer/linear_map.hpp>

namespace {

using matrix = graft::linear_map::matrix_type;

graft::row_vectors drawn(std::size_t rows, std::size_t dim, std::uint64_t seed) {
    graft::random_engine engine(seed);
    graft::row_vectors v(rows, dim);
    Eigen::RowVectorXd row(static_cast<Eigen::Index>(dim));
    for (std::size_t r = 0; r < rows; ++r) {
        for (auto& x : row) x = 2 + graft::draw_normal_pair(engine).first;
        if (r != 3) v.set(r, row);
    }
    return v;
}

double objective(const graft::linear_map& map, const graft::row_vectors& x, const matrix& y,
                 const std::vector<double>& w, double penalty) {
    double sum = penalty * map.weights().squaredNorm();
    for (std::size_t r = 0; r < w.size(); ++r) {
        if (!x.found(r)) continue;
        const Eigen::RowVectorXd at = x.row(r).cast<double>() * map.weights() + map.intercept();
        sum += w[r] * (at - y.row(static_cast<Eigen::Index>(r)).cast<double>()).squaredNorm();
    }
    return sum;
}

} // namespace

TEST_CASE("with next to no penalty the map that made the targets is found") {
    const auto x = drawn(40, 3, 1);
    const graft::linear_map truth(Eigen::MatrixXd::Random(3, 2), Eigen::RowVector2d(5, -1));
    const matrix y = truth(x);
    const auto found = graft::fit_linear_map(x, y, std::vector<double>(40, 1.0), 1e-8);
    CHECK((found.weights() - truth.weights()).norm() < 1e-5);
    CHECK((found.intercept() - truth.intercept()).norm() < 1e-4);
    CHECK((found(x) - y).norm() < 1e-4F);
    CHECK(found(x).row(3).cast<double>().isApprox(found.intercept(), 1e-6)); // has no vector
}

TEST_CASE("the map is the minimum of its objective, and weights count") {
    const auto x = drawn(30, 4, 2);
    graft::random_engine engine(3);
    matrix y(30, 2);
    for (auto& v : y.reshaped()) v = static_cast<float>(graft::draw_uniform(engine));
    std::vector<double> w;
    for (int i = 0; i < 30; ++i) w.push_back(i % 5);
    const auto best = graft::fit_linear_map(x, y, w, 2.0);
    const double least = objective(best, x, y, w, 2.0);
    for (Eigen::Index i = 0; i < 4; ++i)
        for (const double step : {-1e-3, 1e-3}) {
            Eigen::MatrixXd weights = best.weights();
            weights(i, i % 2) += step;
            CHECK(objective({weights, best.intercept()}, x, y, w, 2.0) > least);
        }
    for (const double step : {-1e-3, 1e-3})
        CHECK(objective({best.weights(), best.intercept() + Eigen::RowVector2d(step, 0)}, x, y, w, 2.0) >
              least);

    // Rows of weight 0 do not count.
    matrix other = y;
    other.row(0).setConstant(100);
    CHECK(graft::fit_linear_map(x, other, w, 2.0).weights() == best.weights());
    // Without bound on the penalty only the weighted mean is left.
    const auto flat = graft::fit_linear_map(x, y, w, 1e12);
    CHECK(flat.weights().norm() < 1e-8);
}

TEST_CASE("what does not go together is refused") {
    const auto x = drawn(5, 2, 4);
    const matrix y = matrix::Zero(5, 1);
    const std::vector<double> ones(5, 1.0);
    CHECK_THROWS_AS((void)graft::fit_linear_map(x, matrix::Zero(4, 1), ones, 1), graft::argument_error);
    CHECK_THROWS_AS((void)graft::fit_linear_map(x, y, std::vector<double>(4, 1.0), 1), graft::argument_error);
    CHECK_THROWS_AS((void)graft::fit_linear_map(x, y, ones, 0), graft::argument_error);
    CHECK_THROWS_AS((void)graft::fit_linear_map(x, y, std::vector<double>{1, 1, 1, 1, -1}, 1),
                    graft::argument_error);
    CHECK_THROWS_AS((void)graft::fit_linear_map(x, y, std::vector<double>{0, 0, 0, 1, 0}, 1),
                    graft::argument_error);
    CHECK_THROWS_AS((void)graft::linear_map(Eigen::MatrixXd::Zero(2, 2), Eigen::RowVectorXd::Zero(3)),
                    graft::argument_error);
    CHECK_THROWS_AS((void)graft::fit_linear_map(x, y, ones, 1)(drawn(5, 3, 1)), graft::argument_error);
}

TEST_CASE("the penalty with the least error on rows left out is found without leaving one out") {
    const auto x = drawn(30, 4, 5);
    graft::random_engine engine(7);
    const graft::linear_map truth(Eigen::MatrixXd::Random(4, 2), Eigen::RowVector2d(5, -1));
    matrix y = truth(x);
    for (auto& number : y.reshaped()) number += static_cast<float>(2 * graft::draw_normal_pair(engine).first);
    std::vector<double> weights(30);
    for (std::size_t r = 0; r < 30; ++r) weights[r] = static_cast<double>(1 + r % 4);
    double total = 0;
    for (std::size_t r = 0; r < 30; ++r) total += x.found(r) ? weights[r] : 0;

    const auto error_without = [&](double penalty) { // by thirty fits
        double sum = 0;
        for (std::size_t r = 0; r < 30; ++r) {
            if (!x.found(r)) continue;
            auto others = weights;
            others[r] = 0;
            const auto map = graft::fit_linear_map(x, y, others, penalty);
            sum +=
                weights[r] * (map(x).row(static_cast<Eigen::Index>(r)) - y.row(static_cast<Eigen::Index>(r)))
                                 .cast<double>()
                                 .squaredNorm();
        }
        return sum;
    };
    double best = 0;
    double least = 1e300;
    for (int power = -20; power <= 6; ++power)
        if (const double error = error_without(std::ldexp(total, power)); error < least) {
            least = error;
            best = std::ldexp(total, power);
        }
    CHECK(graft::choose_penalty(x, y, weights) == doctest::Approx(best));
    CHECK(best > std::ldexp(total, -15)); // the noise calls for some
    CHECK(best < total);
}

TEST_CASE("targets that vectors tell nothing of get the largest penalty, exact ones the smallest") {
    const auto x = drawn(200, 8, 5);
    const graft::linear_map truth(Eigen::MatrixXd::Random(8, 2), Eigen::RowVector2d(5, -1));
    const std::vector<double> weights(200, 1.0);
    CHECK(graft::choose_penalty(x, truth(x), weights) < 0.01);
    const auto other = drawn(200, 8, 6); // drawn apart from x
    const double penalty = graft::choose_penalty(x, truth(other), weights);
    CHECK(penalty > 200);
    CHECK(graft::fit_linear_map(x, truth(other), weights, penalty).weights().norm() <
          0.05 * truth.weights().norm());
    CHECK_THROWS_AS((void)graft::choose_penalty(x, truth(x), std::vector<double>(3, 1.0)),
                    graft::argument_error);
    CHECK_THROWS_AS((void)graft::choose_penalty(x, truth(x), std::vector<double>(200, 0.0)),
                    graft::argument_error);
}

TEST_CASE("vectors without numbers tell nothing, and are refused") {
    const graft::row_vectors::matrix_type y = graft::row_vectors::matrix_type::Ones(3, 2);
    graft::row_vectors x(3, 0);
    x.set(0, Eigen::RowVectorXf(0));
    const std::vector<double> weights(3, 1.0);
    CHECK_THROWS_WITH_AS((void)graft::choose_penalty(x, y, weights),
                         "choose_penalty: the vectors have no numbers; read or make some",
                         graft::argument_error);
    CHECK_THROWS_WITH_AS((void)graft::fit_linear_map(x, y, weights, 1.0),
                         "fit_linear_map: the vectors have no numbers; read or make some",
                         graft::argument_error);
}
