#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <Eigen/Core>

#include <graft/core/detail/later.hpp>
#include <graft/core/error.hpp>
#include <graft/core/ids.hpp>
#include <graft/core/random.hpp>
#include <graft/data/interactions.hpp>
#include <graft/transfer/row_vectors.hpp>
#include <graft/vectors/components.hpp>

namespace graft::inline v0_1 {

namespace detail {

/// [cols], of a matrix with rows.
[[nodiscard]] inline std::vector<double> column_means(const row_vectors::matrix_type& matrix) {
    std::vector<double> means(static_cast<std::size_t>(matrix.cols()), 0.0);
    const auto rows = static_cast<std::size_t>(matrix.rows());
    for (std::size_t i = 0; i < rows; ++i) {
        const auto row = numbers_of(matrix, i);
        for (std::size_t c = 0; c < means.size(); ++c) means[c] += static_cast<double>(row[c]);
    }
    for (double& mean : means) mean /= static_cast<double>(rows);
    return means;
}

} // namespace detail

/// Around the mean of the vectors that were found, and with a mean squared length of `length`^2, so that
/// several sources can be weighed against each other. Vectors that are all equal become zero.
[[nodiscard]] inline row_vectors standardise(const row_vectors& vectors, double length = 1.0) {
    if (!(length > 0) || !std::isfinite(length))
        throw argument_error("standardise: the length must be a finite number above 0");
    if (vectors.num_found() == 0) return vectors;
    auto some = vectors.found_rows();
    const auto mean = detail::column_means(some);
    double squares = 0;
    for (std::size_t i = 0; i < vectors.num_found(); ++i) {
        const auto row = detail::numbers_of(some, i);
        for (std::size_t c = 0; c < row.size(); ++c) {
            row[c] -= static_cast<float>(mean[c]);
            squares += static_cast<double>(row[c]) * static_cast<double>(row[c]);
        }
    }
    if (squares > 0) {
        const auto factor =
            static_cast<float>(length / std::sqrt(squares / static_cast<double>(vectors.num_found())));
        for (Eigen::Index i = 0; i < some.size(); ++i) some.data()[i] *= factor;
    }
    return vectors.with_found_rows(some);
}

/// The vectors along their `dim` components of largest variance (PCA). Throws argument_error for dim 0 or
/// more numbers than there are.
template <class Later = void>
[[nodiscard]] row_vectors project(const row_vectors& vectors, std::size_t dim) {
    if (dim == 0 || dim > vectors.dim())
        throw argument_error("project: vectors of " + std::to_string(vectors.dim()) +
                             " numbers cannot be projected to " + std::to_string(dim));
    if (vectors.num_found() == 0) return {vectors.rows(), dim};
    const detail::later<row_vectors::matrix_type, Later> some = vectors.found_rows();
    const detail::later<principal_components, Later> components = find_components(some);
    return vectors.with_found_rows(
        (some.rowwise() - components.mean.template cast<float>()) *
        components.directions.leftCols(static_cast<Eigen::Index>(dim)).template cast<float>());
}

/// The first `dim` numbers of each vector, or all of them and zeros.
[[nodiscard]] inline row_vectors resize(const row_vectors& vectors, std::size_t dim) {
    const auto kept = (std::min)(dim, vectors.dim());
    row_vectors resized(vectors.rows(), dim);
    std::vector<float> numbers(dim, 0.0F);
    for (std::size_t r = 0; r < vectors.rows(); ++r) {
        if (!vectors.found(r)) continue;
        std::copy_n(detail::numbers_of(vectors.matrix(), r).begin(), kept, numbers.begin());
        resized.set(r, numbers);
    }
    return resized;
}

/// The vectors of several sources one after the other. A row is found if any source has it; what the others
/// lack is zero, which is the mean of a standardised source. Throws argument_error if the numbers of rows
/// differ or there is no source.
[[nodiscard]] inline row_vectors concatenate(std::span<const row_vectors> sources) {
    if (sources.empty()) throw argument_error("concatenate: there are no sources");
    std::size_t dim = 0;
    for (const auto& source : sources) {
        dim += source.dim();
        if (source.rows() != sources[0].rows())
            throw argument_error("concatenate: a source of " + std::to_string(source.rows()) +
                                 " rows does not go with one of " + std::to_string(sources[0].rows()));
    }
    row_vectors all(sources[0].rows(), dim);
    std::vector<float> together(dim);
    for (std::size_t r = 0; r < all.rows(); ++r) {
        auto at = together.begin();
        bool any = false;
        for (const auto& source : sources) {
            const auto from = detail::numbers_of(source.matrix(), r);
            at = std::copy(from.begin(), from.end(), at);
            any = any || source.found(r);
        }
        if (any) all.set(r, together);
    }
    return all;
}
[[nodiscard]] inline row_vectors concatenate(std::initializer_list<row_vectors> sources) {
    return concatenate(std::span(sources.begin(), sources.size()));
}

/// The control of every claim about transfer: the same vectors on the same rows, but who has which is drawn.
/// A gain that survives this is none of the vectors' meaning.
[[nodiscard]] inline row_vectors shuffled(const row_vectors& vectors, std::uint64_t seed) {
    std::vector<std::size_t> found;
    for (std::size_t r = 0; r < vectors.rows(); ++r)
        if (vectors.found(r)) found.push_back(r);
    auto dealt = found;
    random_engine engine(seed);
    shuffle(std::span(dealt), engine);
    row_vectors mixed(vectors.rows(), vectors.dim());
    for (std::size_t i = 0; i < found.size(); ++i)
        mixed.set(found[i], detail::numbers_of(vectors.matrix(), dealt[i]));
    return mixed;
}

/// For each user the mean vector of the items met in training, [users x dim]: how users are seeded where only
/// items have texts. Users who met no item with a vector have none. Throws argument_error if there is not a
/// row for each item.
[[nodiscard]] inline row_vectors mean_of_items(const row_vectors& items, const interactions& train) {
    if (items.rows() < train.num_items())
        throw argument_error("mean_of_items: " + std::to_string(items.rows()) + " rows for " +
                             std::to_string(train.num_items()) + " items");
    const std::size_t dim = items.dim();
    std::vector<double> sums(train.num_users() * dim, 0.0);
    std::vector<std::size_t> counts(train.num_users(), 0);
    for (std::size_t k = 0; k < train.size(); ++k) {
        const std::size_t item = row_of(train.items()[k]);
        const std::size_t user = row_of(train.users()[k]);
        if (!items.found(item)) continue;
        const auto numbers = detail::numbers_of(items.matrix(), item);
        for (std::size_t c = 0; c < dim; ++c) sums[user * dim + c] += static_cast<double>(numbers[c]);
        ++counts[user];
    }
    row_vectors means(train.num_users(), dim);
    std::vector<float> mean(dim);
    for (std::size_t u = 0; u < counts.size(); ++u) {
        if (counts[u] == 0) continue;
        for (std::size_t c = 0; c < dim; ++c)
            mean[c] = static_cast<float>(sums[u * dim + c] / static_cast<double>(counts[u]));
        means.set(u, mean);
    }
    return means;
}

} // namespace graft::inline v0_1
