#pragma once

#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <string>
#include <utility>

#include <Eigen/Cholesky>
#include <Eigen/Core>
#include <Eigen/Eigenvalues>

#include <graft/core/detail/later.hpp>
#include <graft/core/error.hpp>
#include <graft/transfer/row_vectors.hpp>

namespace graft::inline v0_1 {

/// y = x A + b: from pretrained vectors to the rows of a table.
class linear_map {
public:
    using matrix_type = row_vectors::matrix_type;

    /// weights: [dim x outputs], intercept: [outputs]. Throws argument_error if they do not go together.
    linear_map(Eigen::MatrixXd weights, Eigen::RowVectorXd intercept)
        : weights_(std::move(weights)), intercept_(std::move(intercept)) {
        if (weights_.cols() != intercept_.size())
            throw argument_error("linear_map: an intercept of " + std::to_string(intercept_.size()) +
                                 " numbers does not go with " + std::to_string(weights_.cols()) + " outputs");
    }

    [[nodiscard]] std::size_t dim() const noexcept { return static_cast<std::size_t>(weights_.rows()); }
    [[nodiscard]] std::size_t outputs() const noexcept { return static_cast<std::size_t>(weights_.cols()); }
    [[nodiscard]] const Eigen::MatrixXd& weights() const noexcept { return weights_; }
    [[nodiscard]] const Eigen::RowVectorXd& intercept() const noexcept { return intercept_; }

    /// What the map gives for each row, [rows x outputs]; for rows without a vector the intercept, which is
    /// what standardised vectors give on average. Throws argument_error if the dimensions differ.
    template <class Later = void>
    [[nodiscard]] matrix_type operator()(const row_vectors& x) const {
        if (x.dim() != dim())
            throw argument_error("linear_map: vectors of " + std::to_string(x.dim()) +
                                 " numbers do not go into a map from " + std::to_string(dim()));
        const detail::later<matrix_type, Later>& from = x.matrix();
        return ((from.template cast<double>() * weights_).rowwise() + intercept_).template cast<float>();
    }

private:
    Eigen::MatrixXd weights_;
    Eigen::RowVectorXd intercept_;
};

namespace detail {

/// A weighted regression around the weighted means, where the intercept drops out and so is not shrunk.
template <class Later>
struct centred_regression {
    using row_vector = later<Eigen::RowVectorXd, Later>;
    using matrix = later<Eigen::MatrixXd, Later>;

    later<Eigen::VectorXd, Later> weights; ///< [rows], 0 for rows without a vector
    double total = 0;                      ///< of the weights
    row_vector x_mean, y_mean;
    matrix x, y;

    centred_regression(const char* what, const row_vectors& vectors, const linear_map::matrix_type& targets,
                       std::span<const double> row_weights)
        : weights(static_cast<Eigen::Index>(vectors.rows())) {
        const std::size_t rows = vectors.rows();
        if (static_cast<std::size_t>(targets.rows()) != rows || row_weights.size() != rows)
            throw argument_error(std::string(what) + ": " + std::to_string(rows) + " vectors, " +
                                 std::to_string(targets.rows()) + " targets and " +
                                 std::to_string(row_weights.size()) + " weights do not go together");
        if (vectors.dim() == 0)
            throw argument_error(std::string(what) + ": the vectors have no numbers; read or make some");
        for (std::size_t r = 0; r < rows; ++r) {
            if (!(row_weights[r] >= 0) || !std::isfinite(row_weights[r]))
                throw argument_error(std::string(what) + ": the weight of row " + std::to_string(r) +
                                     " must be a finite number >= 0");
            weights[static_cast<Eigen::Index>(r)] = vectors.found(r) ? row_weights[r] : 0.0;
        }
        total = weights.sum();
        if (!(total > 0))
            throw argument_error(std::string(what) + ": no row has both a vector and a weight above 0");
        x = static_cast<const later<row_vectors::matrix_type, Later>&>(vectors.matrix())
                .template cast<double>();
        y = static_cast<const later<row_vectors::matrix_type, Later>&>(targets).template cast<double>();
        x_mean = weights.transpose() * x / total;
        y_mean = weights.transpose() * y / total;
        x.rowwise() -= x_mean;
        y.rowwise() -= y_mean;
    }

    [[nodiscard]] matrix normal() const { return x.transpose() * weights.asDiagonal() * x; }
    [[nodiscard]] matrix moment() const { return x.transpose() * weights.asDiagonal() * y; }
};

} // namespace detail

/// Ridge regression, in closed form: the map that minimises
///     sum over rows with a vector of weight(row) |x A + b - y|^2, plus penalty |A|^2
/// x: [rows x dim], y: [rows x outputs], weights: [rows], such as each row's number of ratings, which is then
/// also the unit of the penalty. Throws argument_error if the sizes differ, weights are negative or all zero,
/// or the penalty is not above 0, or the vectors have no numbers. O(rows dim (dim + outputs) + dim^3).
template <class Later = void>
[[nodiscard]] linear_map fit_linear_map(const row_vectors& x, const linear_map::matrix_type& y,
                                        std::span<const double> weights, double penalty) {
    if (!(penalty > 0) || !std::isfinite(penalty))
        throw argument_error("fit_linear_map: the penalty must be a finite number above 0");
    const detail::centred_regression<Later> problem("fit_linear_map", x, y, weights);
    auto normal = problem.normal();
    normal.diagonal().array() += penalty;
    detail::later<Eigen::MatrixXd, Later> map = normal.llt().solve(problem.moment());
    if (!map.allFinite()) throw argument_error("fit_linear_map: the targets are not finite");
    detail::later<Eigen::RowVectorXd, Later> intercept = problem.y_mean - problem.x_mean * map;
    return {std::move(map), std::move(intercept)};
}

/// The penalty for fit_linear_map with the least error on rows that are left out, each in turn; in closed
/// form, since a residual e of ridge regression becomes e / (1 - leverage) without its row (Allen's PRESS,
/// 1974). Tries the sum of the weights times 2^-20 to 2^6; where the vectors tell nothing of the targets the
/// largest wins, with a map of nearly 0. Throws as fit_linear_map. O(rows dim (dim + outputs) + dim^3).
template <class Later = void>
[[nodiscard]] double choose_penalty(const row_vectors& x, const linear_map::matrix_type& y,
                                    std::span<const double> weights) {
    const detail::centred_regression<Later> problem("choose_penalty", x, y, weights);
    using matrix = detail::later<Eigen::MatrixXd, Later>;
    const Eigen::SelfAdjointEigenSolver<matrix> axes(problem.normal());
    const matrix along = problem.x * axes.eigenvectors();
    const matrix squares = along.cwiseAbs2();
    const matrix moment = axes.eigenvectors().transpose() * problem.moment();
    double least = std::numeric_limits<double>::infinity();
    double best = std::ldexp(problem.total, 6);
    for (int power = -20; power <= 6; ++power) {
        const double penalty = std::ldexp(problem.total, power);
        const detail::later<Eigen::VectorXd, Later> shrunk = (axes.eigenvalues().array() + penalty).inverse();
        const matrix misses = problem.y - along * (shrunk.asDiagonal() * moment);
        const detail::later<Eigen::ArrayXd, Later> leverage =
            problem.weights.array() * ((squares * shrunk).array() + 1 / problem.total);
        const double error = (problem.weights.array() * misses.rowwise().squaredNorm().array() /
                              (1 - leverage).max(1e-6).square())
                                 .sum();
        if (error <= least) {
            least = error;
            best = penalty;
        }
    }
    return best;
}

} // namespace graft::inline v0_1
