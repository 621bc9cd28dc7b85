#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <string_view>
#include <utility>
#include <vector>

#include <Eigen/Core>

#include <graft/core/detail/later.hpp>
#include <graft/core/detail/message.hpp>
#include <graft/core/error.hpp>
#include <graft/vectors/keyed_vectors.hpp>

namespace graft::inline v0_1 {

/// A word's row and how near it is.
struct neighbour {
    std::size_t row;
    float cosine; ///< in [-1, 1]
};

namespace detail {

/// Rows without direction (all zeros, or not finite) are near nothing and left out.
template <class Later>
[[nodiscard]] std::vector<neighbour> nearest_rows(const later<keyed_vectors, Later>& vectors,
                                                  const Eigen::Ref<const Eigen::RowVectorXf>& query,
                                                  std::size_t count, std::size_t except) {
    using row_vector = later<Eigen::RowVectorXd, Later>;
    if (static_cast<std::size_t>(query.size()) != vectors.dim())
        throw argument_error(
            message("nearest: the vector has ", query.size(), " numbers, but words have ", vectors.dim()));
    const row_vector exact =
        static_cast<const later<Eigen::Ref<const Eigen::RowVectorXf>, Later>&>(query).template cast<double>();
    const double length = exact.norm();
    if (!std::isfinite(length) || length == 0.0)
        throw argument_error("nearest: the vector is zero or not finite, so that nothing is near it");
    const row_vector direction = exact / length;
    const later<Eigen::VectorXf, Later> along =
        vectors.matrix() * direction.template cast<float>().transpose();
    std::vector<neighbour> all;
    all.reserve(vectors.size());
    for (std::size_t i = 0; i < vectors.size(); ++i) {
        if (i == except) continue;
        const float norm = vectors.row(i).norm();
        float cosine = along[static_cast<Eigen::Index>(i)] / norm;
        if (!(norm > 1e-10F && norm < 1e15F)) { // squares of floats that small or large need a double
            const row_vector row = vectors.row(i).template cast<double>();
            const double row_length = row.norm();
            if (!(row_length > 0.0 && std::isfinite(row_length))) continue;
            cosine = static_cast<float>(row.dot(direction) / row_length);
        }
        all.push_back({i, (std::max)(-1.0F, (std::min)(1.0F, cosine))});
    }
    count = (std::min)(count, all.size());
    std::partial_sort(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(count), all.end(),
                      [](const neighbour& a, const neighbour& b) {
                          return a.cosine != b.cosine ? a.cosine > b.cosine : a.row < b.row;
                      });
    all.resize(count);
    return all;
}

} // namespace detail

/// The rows with the largest cosine to a vector [dim], nearest first, equal ones in the order of the rows.
/// Throws argument_error for a vector of another size, of zeros, or not finite. O(size x dim).
template <class Later = void>
[[nodiscard]] std::vector<neighbour>
nearest(const keyed_vectors& vectors, const Eigen::Ref<const Eigen::RowVectorXf>& query, std::size_t count) {
    return detail::nearest_rows<Later>(vectors, query, count, (std::numeric_limits<std::size_t>::max)());
}

/// The same for a word, which is not its own neighbour. Throws argument_error for a word that is not there.
template <class Later = void>
[[nodiscard]] std::vector<neighbour> nearest(const keyed_vectors& vectors, std::string_view word,
                                             std::size_t count) {
    const std::size_t row = vectors.row_of(word);
    return detail::nearest_rows<Later>(vectors, vectors.row(row), count, row);
}

} // namespace graft::inline v0_1
