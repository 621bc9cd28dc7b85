#pragma once

#include <cmath>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include <Eigen/Core>

#include <graft/core/detail/message.hpp>
#include <graft/core/error.hpp>
#include <graft/vectors/keyed_vectors.hpp>

namespace graft::inline v0_1 {

/// The weighted mean of several rows, sum(w v) / sum(w) [dim]; without weights all count the same. Throws
/// argument_error for a row that is not there, for other numbers of weights than rows, and where the weights
/// are not finite or their sum is zero.
[[nodiscard]] inline Eigen::RowVectorXf mean_vector(const keyed_vectors& vectors,
                                                    std::span<const std::size_t> rows,
                                                    std::span<const float> weights = {}) {
    if (!weights.empty() && weights.size() != rows.size())
        throw argument_error(detail::message("mean_vector: ", rows.size(), " vectors but ", weights.size(),
                                             " weights; give one each, or none"));
    std::vector<double> sum(vectors.dim(), 0.0);
    double total = 0;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const double weight = weights.empty() ? 1.0 : static_cast<double>(weights[i]);
        const float* const row = vectors.row(rows[i]).data();
        for (std::size_t c = 0; c < sum.size(); ++c) sum[c] += weight * static_cast<double>(row[c]);
        total += weight;
    }
    if (!std::isfinite(total) || total == 0.0)
        throw argument_error(rows.empty() ? "mean_vector: there are no vectors to take the mean of"
                                          : "mean_vector: the weights have no finite sum other than zero");
    Eigen::RowVectorXf mean(static_cast<Eigen::Index>(sum.size()));
    for (std::size_t c = 0; c < sum.size(); ++c) mean.data()[c] = static_cast<float>(sum[c] / total);
    return mean;
}

/// The same for words. Throws argument_error also for a word that is not there.
[[nodiscard]] inline Eigen::RowVectorXf mean_vector(const keyed_vectors& vectors,
                                                    std::span<const std::string> words,
                                                    std::span<const float> weights = {}) {
    std::vector<std::size_t> rows;
    rows.reserve(words.size());
    for (const auto& word : words) rows.push_back(vectors.row_of(word));
    return mean_vector(vectors, rows, weights);
}

} // namespace graft::inline v0_1
