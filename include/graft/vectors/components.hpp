#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>

#include <Eigen/Core>
#include <Eigen/Eigenvalues>

#include <graft/core/detail/later.hpp>
#include <graft/core/detail/message.hpp>
#include <graft/core/error.hpp>
#include <graft/vectors/keyed_vectors.hpp>

namespace graft::inline v0_1 {

/// What the rows vary around and along.
struct principal_components {
    Eigen::RowVectorXd mean;    ///< [dim]
    Eigen::MatrixXd directions; ///< [dim x dim], a column each, of length 1, largest variance first
    Eigen::VectorXd variances;  ///< [dim]
};

/// The principal components of the rows, from the eigenvectors of their covariance. Of a direction and its
/// opposite, the one is taken whose entry of largest magnitude is positive. Throws argument_error without
/// rows. O(size x dim^2 + dim^3), in double.
template <class Later = void>
[[nodiscard]] principal_components
find_components(const detail::later<keyed_vectors::matrix_type, Later>& matrix) {
    using square_matrix = detail::later<Eigen::MatrixXd, Later>;
    if (matrix.size() == 0) throw argument_error("find_components: there are no rows to find components of");
    const auto dim = matrix.cols();
    constexpr Eigen::Index together = 1024; // rows turned to double at a time
    detail::later<principal_components, Later> found;
    found.mean.setZero(dim);
    for (Eigen::Index i = 0; i < matrix.rows(); i += together)
        found.mean += matrix.middleRows(i, (std::min)(together, matrix.rows() - i))
                          .template cast<double>()
                          .colwise()
                          .sum();
    found.mean /= static_cast<double>(matrix.rows());
    square_matrix covariance = square_matrix::Zero(dim, dim);
    for (Eigen::Index i = 0; i < matrix.rows(); i += together) {
        const square_matrix centred =
            matrix.middleRows(i, (std::min)(together, matrix.rows() - i)).template cast<double>().rowwise() -
            found.mean;
        covariance.template selfadjointView<Eigen::Lower>().rankUpdate(centred.transpose());
    }
    covariance /= static_cast<double>(matrix.rows());
    const Eigen::SelfAdjointEigenSolver<square_matrix> solver(covariance);
    if (solver.info() != Eigen::Success)
        throw argument_error("find_components: no components are found; are all numbers finite?");
    found.directions = solver.eigenvectors().rowwise().reverse(); // Eigen sorts by growing eigenvalue
    found.variances = solver.eigenvalues().reverse();
    for (Eigen::Index i = 0; i < dim; ++i) {
        Eigen::Index largest = 0;
        found.directions.col(i).cwiseAbs().maxCoeff(&largest);
        if (found.directions(largest, i) < 0) found.directions.col(i) *= -1.0;
    }
    return found;
}
template <class Later = void>
[[nodiscard]] principal_components find_components(const keyed_vectors& vectors) {
    return find_components<Later>(vectors.matrix());
}

/// The rows without their mean and without their part along the components of largest variance; `count` of
/// them, about dim / 100 is usual (Mu and Viswanath 2018, "All-but-the-Top"). Throws argument_error for more
/// than dim.
template <class Later = void>
[[nodiscard]] keyed_vectors remove_top_components(keyed_vectors vectors, std::size_t count) {
    if (count > vectors.dim())
        throw argument_error(detail::message("remove_top_components: ", count, " of ", vectors.dim(),
                                             " components were to be removed"));
    const detail::later<principal_components, Later> components = find_components<Later>(vectors);
    const detail::later<Eigen::RowVectorXf, Later> mean = components.mean.template cast<float>();
    const detail::later<Eigen::MatrixXf, Later> top =
        components.directions.leftCols(static_cast<Eigen::Index>(count)).template cast<float>();
    auto [words, matrix] = std::move(vectors).take();
    for (Eigen::Index i = 0; i < matrix.rows(); ++i) {
        detail::later<Eigen::RowVectorXf, Later> row = matrix.row(i) - mean;
        row -= (row * top).eval() * top.transpose();
        matrix.row(i) = row;
    }
    return {std::move(words), std::move(matrix)};
}

/// The rows in `dim` numbers: along the components of largest variance, around the mean (PCA). Throws
/// argument_error for more numbers than there are; pad does that.
template <class Later = void>
[[nodiscard]] keyed_vectors project(const keyed_vectors& vectors, std::size_t dim) {
    if (dim == 0 || dim > vectors.dim())
        throw argument_error(detail::message("project: vectors of ", vectors.dim(),
                                             " numbers cannot be projected to ", dim, "; give 1 to ",
                                             vectors.dim(), ", or pad them"));
    const detail::later<principal_components, Later> components = find_components<Later>(vectors);
    const detail::later<Eigen::MatrixXf, Later> top =
        components.directions.leftCols(static_cast<Eigen::Index>(dim)).template cast<float>();
    const detail::later<Eigen::RowVectorXf, Later> mean = components.mean.template cast<float>();
    detail::later<keyed_vectors::matrix_type, Later> projected(vectors.matrix().rows(),
                                                               static_cast<Eigen::Index>(dim));
    for (Eigen::Index i = 0; i < projected.rows(); ++i)
        projected.row(i).noalias() = (vectors.matrix().row(i) - mean) * top;
    return {vectors.words(), std::move(projected)};
}

} // namespace graft::inline v0_1
