#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <numeric>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <Eigen/Core>

#include <graft/core/error.hpp>
#include <graft/core/ids.hpp>
#include <graft/core/random.hpp>
#include <graft/data/interactions.hpp>
#include <graft/transfer/row_vectors.hpp>
#include <graft/vectors/components.hpp>

namespace graft {

/// Around the mean of the vectors that were found, and with a mean squared length of `length`^2, so that
/// several sources can be weighed against each other. Vectors that are all equal become zero.
[[nodiscard]] inline row_vectors standardise(const row_vectors& vectors, double length = 1.0) {
    if (!(length > 0) || !std::isfinite(length))
        throw argument_error("standardise: the length must be a finite number above 0");
    if (vectors.num_found() == 0) return vectors;
    auto some = vectors.found_rows();
    const Eigen::RowVectorXf mean = some.cast<double>().colwise().mean().cast<float>();
    some.rowwise() -= mean;
    const double rms = root_mean_square(some) * std::sqrt(static_cast<double>(some.cols()));
    if (rms > 0) some *= static_cast<float>(length / rms);
    return vectors.with_found_rows(some);
}

/// The vectors along their `dim` components of largest variance (PCA). Throws argument_error for dim 0 or
/// more numbers than there are.
template <class = void> // only programs that call it compile the solver, as with find_components
[[nodiscard]] row_vectors project(const row_vectors& vectors, std::size_t dim) {
    if (dim == 0 || dim > vectors.dim())
        throw argument_error("project: vectors of " + std::to_string(vectors.dim()) +
                             " numbers cannot be projected to " + std::to_string(dim));
    if (vectors.num_found() == 0) return {vectors.rows(), dim};
    const auto some = vectors.found_rows();
    const auto components = find_components(some);
    return vectors.with_found_rows(
        (some.rowwise() - components.mean.cast<float>()) *
        components.directions.leftCols(static_cast<Eigen::Index>(dim)).cast<float>());
}

/// The first `dim` numbers of each vector, or all of them and zeros.
[[nodiscard]] inline row_vectors resize(const row_vectors& vectors, std::size_t dim) {
    row_vectors::matrix_type some = row_vectors::matrix_type::Zero(
        static_cast<Eigen::Index>(vectors.num_found()), static_cast<Eigen::Index>(dim));
    const auto kept = static_cast<Eigen::Index>((std::min)(dim, vectors.dim()));
    some.leftCols(kept) = vectors.found_rows().leftCols(kept);
    return vectors.with_found_rows(some);
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
    Eigen::RowVectorXf together(static_cast<Eigen::Index>(dim));
    for (std::size_t r = 0; r < all.rows(); ++r) {
        Eigen::Index at = 0;
        bool any = false;
        for (const auto& source : sources) {
            together.segment(at, source.matrix().cols()) = source.row(r);
            at += source.matrix().cols();
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
    const auto some = vectors.found_rows();
    std::vector<Eigen::Index> order(static_cast<std::size_t>(some.rows()));
    std::iota(order.begin(), order.end(), Eigen::Index{0});
    random_engine engine(seed);
    shuffle(std::span(order), engine);
    row_vectors::matrix_type mixed(some.rows(), some.cols());
    for (std::size_t i = 0; i < order.size(); ++i)
        mixed.row(static_cast<Eigen::Index>(i)) = some.row(order[i]);
    return vectors.with_found_rows(mixed);
}

/// For each user the mean vector of the items met in training, [users x dim]: how users are seeded where only
/// items have texts. Users who met no item with a vector have none. Throws argument_error if there is not a
/// row for each item.
[[nodiscard]] inline row_vectors mean_of_items(const row_vectors& items, const interactions& train) {
    if (items.rows() < train.num_items())
        throw argument_error("mean_of_items: " + std::to_string(items.rows()) + " rows for " +
                             std::to_string(train.num_items()) + " items");
    const auto users = static_cast<Eigen::Index>(train.num_users());
    Eigen::MatrixXd sums = Eigen::MatrixXd::Zero(static_cast<Eigen::Index>(items.dim()), users);
    std::vector<std::size_t> counts(train.num_users(), 0);
    for (std::size_t k = 0; k < train.size(); ++k) {
        const std::size_t item = row_of(train.items()[k]);
        const std::size_t user = row_of(train.users()[k]);
        if (!items.found(item)) continue;
        sums.col(static_cast<Eigen::Index>(user)) += items.row(item).transpose().cast<double>();
        ++counts[user];
    }
    row_vectors means(train.num_users(), items.dim());
    for (std::size_t u = 0; u < counts.size(); ++u)
        if (counts[u] > 0)
            means.set(u, sums.col(static_cast<Eigen::Index>(u)) / static_cast<double>(counts[u]));
    return means;
}

} // namespace graft
