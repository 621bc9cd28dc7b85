#pragma once

#include <cmath>
#include <cstddef>
#include <utility>

#include <graft/vectors/keyed_vectors.hpp>

namespace graft::inline v0_1 {

/// Each row divided by its length; rows of zeros stay so.
[[nodiscard]] inline keyed_vectors normalise(keyed_vectors vectors) {
    auto [words, matrix] = std::move(vectors).take();
    for (std::size_t i = 0; i < static_cast<std::size_t>(matrix.rows()); ++i) {
        const auto row = detail::numbers_of(matrix, i);
        double squares = 0; // of floats, which a double holds however small or large they are
        for (const float number : row) squares += static_cast<double>(number) * static_cast<double>(number);
        const double length = std::sqrt(squares);
        if (length > 0.0)
            for (float& number : row) number = static_cast<float>(static_cast<double>(number) / length);
    }
    return {std::move(words), std::move(matrix)};
}

} // namespace graft::inline v0_1
