#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>

#include <Eigen/Core>

#include <graft/core/detail/message.hpp>
#include <graft/core/error.hpp>
#include <graft/vectors/keyed_vectors.hpp>

namespace graft::inline v0_1 {

/// The rows in `dim` numbers, of which those behind the old ones are zero. Throws argument_error for fewer
/// numbers than there are; project does that.
[[nodiscard]] inline keyed_vectors pad(const keyed_vectors& vectors, std::size_t dim) {
    if (dim < vectors.dim())
        throw argument_error(detail::message("pad: vectors of ", vectors.dim(), " numbers do not fit into ",
                                             dim, "; project them"));
    keyed_vectors::matrix_type padded(vectors.matrix().rows(), static_cast<Eigen::Index>(dim));
    for (std::size_t i = 0; i < vectors.size(); ++i) {
        const auto from = detail::numbers_of(vectors.matrix(), i);
        const auto to = detail::numbers_of(padded, i);
        std::fill(std::copy(from.begin(), from.end(), to.begin()), to.end(), 0.0F);
    }
    return {vectors.words(), std::move(padded)};
}

} // namespace graft::inline v0_1
