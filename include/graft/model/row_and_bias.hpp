#pragma once

#include <cstddef>
#include <string>

#include <Eigen/Core>

#include <graft/core/error.hpp>

namespace graft::inline v0_1 {

/// Sets a row, with its bias where there is one: [dim] or [dim + 1], such as what fold_in_user gives. Throws
/// argument_error, and then changes nothing, if there is no such row, the length differs or a number is not
/// finite in the table's type.
template <class Table, class Derived>
void set_row_and_bias(Table& table, std::size_t row, const Eigen::MatrixBase<Derived>& weights) {
    const auto dim = static_cast<Eigen::Index>(table.dim());
    const Eigen::Matrix<typename Table::scalar, Eigen::Dynamic, 1> plain =
        weights.template cast<typename Table::scalar>().reshaped();
    if (plain.size() != dim + (table.has_bias() ? 1 : 0) || !plain.allFinite())
        throw argument_error("set_row_and_bias: " + std::to_string(weights.size()) +
                             " numbers must fill a row of " + std::to_string(dim) +
                             (table.has_bias() ? " and a bias" : "") + ", all finite");
    table.set_row(row, plain.head(dim));
    if (table.has_bias()) table.set_bias(row, plain(dim));
}

/// A row with its bias, where there is one: [dim] or [dim + 1]. Throws argument_error if there is no such
/// row.
template <class Table>
[[nodiscard]] Eigen::RowVectorXd row_and_bias(const Table& table, std::size_t row) {
    const auto dim = static_cast<Eigen::Index>(table.dim());
    Eigen::RowVectorXd weights(dim + (table.has_bias() ? 1 : 0));
    weights.head(dim) = table.row(row).template cast<double>().transpose();
    if (table.has_bias()) weights[dim] = static_cast<double>(table.bias(row));
    return weights;
}

} // namespace graft::inline v0_1
