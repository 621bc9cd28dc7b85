#pragma once

#include <cstddef>
#include <utility>

#include <Eigen/Core>

#include <graft/core/detail/message.hpp>
#include <graft/core/error.hpp>
#include <graft/vectors/keyed_vectors.hpp>

namespace graft {

/// The rows in `dim` numbers, of which those behind the old ones are zero. Throws argument_error for fewer
/// numbers than there are; project does that.
[[nodiscard]] inline keyed_vectors pad(const keyed_vectors& vectors, std::size_t dim) {
    if (dim < vectors.dim())
        throw argument_error(detail::message("pad: vectors of ", vectors.dim(), " numbers do not fit into ",
                                             dim, "; project them"));
    keyed_vectors::matrix_type padded =
        keyed_vectors::matrix_type::Zero(vectors.matrix().rows(), static_cast<Eigen::Index>(dim));
    padded.leftCols(vectors.matrix().cols()) = vectors.matrix();
    return {vectors.words(), std::move(padded)};
}

} // namespace graft
