#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <Eigen/Core>

#include <graft/core/error.hpp>
#include <graft/core/ids.hpp>
#include <graft/optim/table_rules.hpp>

namespace graft::inline v0_1::detail {

/// One table in alternating least squares: its rows, and whom they met.
template <class Scalar>
class als_table {
public:
    using vector = Eigen::Array<Scalar, Eigen::Dynamic, 1>;

    /// ids, others, confidences: [interactions]; without confidences they are 1. Rows that meet nobody start
    /// at their anchor, or at 0, unless they are frozen.
    template <class Id, class Other>
    als_table(std::vector<Scalar> weights, std::size_t dim, std::span<const Id> ids,
              std::span<const Other> others, std::span<const Scalar> confidences, const table_rules& rules)
        : weights_(std::move(weights)), dim_(dim), rules_(rules), starts_(weights_.size() / dim + 1, 0),
          others_(ids.size()), confidences_(confidences.size()) {
        for (const Id id : ids) ++starts_[row_of(id) + 1];
        for (std::size_t r = 0; r < rows(); ++r) starts_[r + 1] += starts_[r];
        std::vector<std::size_t> next(starts_.begin(), starts_.end() - 1);
        for (std::size_t k = 0; k < ids.size(); ++k) {
            const std::size_t at = next[row_of(ids[k])]++;
            others_[at] = static_cast<std::uint32_t>(row_of(others[k]));
            if (!confidences.empty()) confidences_[at] = confidences[k];
        }
        for (std::size_t r = 0; r < rows(); ++r)
            if (starts_[r] < starts_[r + 1] || is_frozen(r))
                present_.push_back(static_cast<std::uint32_t>(r));
            else
                row(r) = anchor(r);
    }

    /// The weight of each row's penalty; `others`: rows of the other table that are present.
    void set_penalties(double l2, double exponent, double unobserved_weight, std::size_t others) {
        l2_.assign(rows(), Scalar(0));
        for (const std::size_t r : present_) {
            double confidence = static_cast<double>(others_of(r).size());
            if (!confidences_.empty()) {
                confidence = 0;
                for (const Scalar c : confidences_of(r)) confidence += static_cast<double>(c);
            }
            const double of_row = rules_.l2.value_or(l2) +
                                  (rules_.row_l2.empty() ? 0.0 : static_cast<double>(rules_.row_l2[r]));
            l2_[r] = static_cast<Scalar>(
                of_row * std::pow(confidence + unobserved_weight * static_cast<double>(others), exponent));
        }
    }

    [[nodiscard]] std::size_t rows() const noexcept { return starts_.size() - 1; }
    [[nodiscard]] std::size_t dim() const noexcept { return dim_; }
    /// [rows x dim]
    [[nodiscard]] const std::vector<Scalar>& weights() const noexcept { return weights_; }
    /// Rows that meet someone or are frozen, ascending: those of the objective.
    [[nodiscard]] const std::vector<std::uint32_t>& present() const noexcept { return present_; }
    [[nodiscard]] typename vector::MapType row(std::size_t r) {
        return vector::Map(weights_.data() + r * dim_, static_cast<Eigen::Index>(dim_));
    }
    [[nodiscard]] typename vector::ConstMapType row(std::size_t r) const {
        return vector::Map(weights_.data() + r * dim_, static_cast<Eigen::Index>(dim_));
    }
    /// Rows of the other table that a row meets, and how much that counts; none where all confidences are 1.
    [[nodiscard]] std::span<const std::uint32_t> others_of(std::size_t r) const noexcept {
        return std::span(others_).subspan(starts_[r], starts_[r + 1] - starts_[r]);
    }
    [[nodiscard]] std::span<const Scalar> confidences_of(std::size_t r) const noexcept {
        if (confidences_.empty()) return {};
        return std::span(confidences_).subspan(starts_[r], starts_[r + 1] - starts_[r]);
    }
    [[nodiscard]] Scalar l2(std::size_t r) const noexcept { return l2_[r]; }
    [[nodiscard]] vector anchor(std::size_t r) const {
        if (rules_.anchor.size() == 0) return vector::Zero(static_cast<Eigen::Index>(dim_));
        return rules_.anchor.row(static_cast<Eigen::Index>(r)).transpose().array().template cast<Scalar>();
    }
    [[nodiscard]] bool has_anchor() const noexcept { return rules_.anchor.size() != 0; }
    [[nodiscard]] bool is_frozen() const noexcept { return rules_.lr_factor == 0; }
    [[nodiscard]] bool is_frozen(std::size_t r) const noexcept {
        return is_frozen() || (!rules_.row_lr_factors.empty() && rules_.row_lr_factors[r] == 0);
    }

    /// What holds the rows costs.
    [[nodiscard]] double penalty() const {
        double sum = 0;
        for (const std::size_t r : present_)
            sum += static_cast<double>(l2(r)) *
                   (row(r) - anchor(r)).matrix().template cast<double>().squaredNorm();
        return sum;
    }

private:
    std::vector<Scalar> weights_;
    std::size_t dim_;
    const table_rules& rules_;
    std::vector<std::size_t> starts_;   // [rows + 1] into others_ and confidences_
    std::vector<std::uint32_t> others_; // [interactions]
    std::vector<Scalar> confidences_;   // [interactions] or none
    std::vector<std::uint32_t> present_;
    std::vector<Scalar> l2_; // [rows]
};

} // namespace graft::inline v0_1::detail
