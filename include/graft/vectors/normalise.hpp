#pragma once

#include <utility>

#include <Eigen/Core>

#include <graft/vectors/keyed_vectors.hpp>

namespace graft {

/// Each row divided by its length; rows of zeros stay so.
[[nodiscard]] inline keyed_vectors normalise(keyed_vectors vectors) {
    auto [words, matrix] = std::move(vectors).take();
    for (Eigen::Index i = 0; i < matrix.rows(); ++i) {
        const float length = matrix.row(i).norm();
        if (length > 1e-10F && length < 1e15F) {
            matrix.row(i) /= length;
        } else { // squares of floats that small or large need a double
            const Eigen::RowVectorXd row = matrix.row(i).template cast<double>();
            const double exact = row.norm();
            if (exact > 0.0) matrix.row(i) = (row / exact).template cast<float>();
        }
    }
    return {std::move(words), std::move(matrix)};
}

} // namespace graft
