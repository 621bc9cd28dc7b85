#pragma once

#include <cmath>
#include <cstddef>
#include <span>
#include <string>

#include <Eigen/Core>

#include <graft/core/detail/message.hpp>
#include <graft/core/error.hpp>
#include <graft/vectors/keyed_vectors.hpp>

namespace graft {

/// The weighted mean of the vectors of several words, sum(w v) / sum(w) [dim]; without weights all count the
/// same. Throws argument_error for a word that is not there, for other numbers of weights than words, and
/// where the weights are not finite or their sum is zero.
[[nodiscard]] inline Eigen::RowVectorXf mean_vector(const keyed_vectors& vectors,
                                                    std::span<const std::string> words,
                                                    std::span<const float> weights = {}) {
    if (!weights.empty() && weights.size() != words.size())
        throw argument_error(detail::message("mean_vector: ", words.size(), " words but ", weights.size(),
                                             " weights; give one each, or none"));
    Eigen::RowVectorXd sum = Eigen::RowVectorXd::Zero(static_cast<Eigen::Index>(vectors.dim()));
    double total = 0;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const double weight = weights.empty() ? 1.0 : static_cast<double>(weights[i]);
        sum += weight * vectors[words[i]].cast<double>();
        total += weight;
    }
    if (!std::isfinite(total) || total == 0.0)
        throw argument_error(words.empty() ? "mean_vector: no words are given"
                                           : "mean_vector: the weights have no finite sum other than zero");
    return (sum / total).cast<float>();
}

} // namespace graft
