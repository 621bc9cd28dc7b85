#pragma once

#include <cmath>
#include <cstddef>
#include <span>
#include <string>
#include <utility>

#include <Eigen/Cholesky>
#include <Eigen/Core>

#include <graft/core/error.hpp>
#include <graft/transfer/row_vectors.hpp>

namespace graft {

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
    [[nodiscard]] matrix_type operator()(const row_vectors& x) const {
        if (x.dim() != dim())
            throw argument_error("linear_map: vectors of " + std::to_string(x.dim()) +
                                 " numbers do not go into a map from " + std::to_string(dim()));
        return ((x.matrix().cast<double>() * weights_).rowwise() + intercept_).cast<float>();
    }

private:
    Eigen::MatrixXd weights_;
    Eigen::RowVectorXd intercept_;
};

/// Ridge regression, in closed form: the map that minimises
///     sum over rows with a vector of weight(row) |x A + b - y|^2, plus penalty |A|^2
/// x: [rows x dim], y: [rows x outputs], weights: [rows], such as each row's number of ratings, which is then
/// also the unit of the penalty. Throws argument_error if the sizes differ, weights are negative or all zero,
/// or the penalty is not above 0. O(rows dim (dim + outputs) + dim^3).
[[nodiscard]] inline linear_map fit_linear_map(const row_vectors& x, const linear_map::matrix_type& y,
                                               std::span<const double> weights, double penalty) {
    const std::size_t rows = x.rows();
    if (static_cast<std::size_t>(y.rows()) != rows || weights.size() != rows)
        throw argument_error("fit_linear_map: " + std::to_string(rows) + " vectors, " +
                             std::to_string(y.rows()) + " targets and " + std::to_string(weights.size()) +
                             " weights do not go together");
    if (!(penalty > 0) || !std::isfinite(penalty))
        throw argument_error("fit_linear_map: the penalty must be a finite number above 0");
    Eigen::VectorXd w(static_cast<Eigen::Index>(rows));
    for (std::size_t r = 0; r < rows; ++r) {
        if (!(weights[r] >= 0) || !std::isfinite(weights[r]))
            throw argument_error("fit_linear_map: the weight of row " + std::to_string(r) +
                                 " must be a finite number >= 0");
        w[static_cast<Eigen::Index>(r)] = x.found(r) ? weights[r] : 0.0;
    }
    const double total = w.sum();
    if (!(total > 0)) throw argument_error("fit_linear_map: no row has both a vector and a weight above 0");

    // Around the weighted means the intercept drops out of the normal equations, so that it is not shrunk.
    const Eigen::MatrixXd all = x.matrix().cast<double>();
    const Eigen::MatrixXd targets = y.cast<double>();
    const Eigen::RowVectorXd x_mean = w.transpose() * all / total;
    const Eigen::RowVectorXd y_mean = w.transpose() * targets / total;
    const Eigen::MatrixXd centred = all.rowwise() - x_mean;
    Eigen::MatrixXd normal = centred.transpose() * w.asDiagonal() * centred;
    normal.diagonal().array() += penalty;
    Eigen::MatrixXd map =
        normal.llt().solve(centred.transpose() * w.asDiagonal() * (targets.rowwise() - y_mean));
    if (!map.allFinite()) throw argument_error("fit_linear_map: the targets are not finite");
    Eigen::RowVectorXd intercept = y_mean - x_mean * map;
    return {std::move(map), std::move(intercept)};
}

} // namespace graft
