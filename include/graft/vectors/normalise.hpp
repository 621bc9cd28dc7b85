#pragma once

#include <utility>

#include <Eigen/Core>

#include <graft/vectors/keyed_vectors.hpp>

namespace graft {

/// Each row divided by its length; rows of zeros stay so.
[[nodiscard]] inline keyed_vectors normalise(keyed_vectors vectors) {
    auto [words, matrix] = std::move(vectors).take();
    for (Eigen::Index i = 0; i < matrix.rows(); ++i) {
        const float length = matrix.row(i).stableNorm();
        if (length > 0.0F) matrix.row(i) /= length;
    }
    return {std::move(words), std::move(matrix)};
}

} // namespace graft
