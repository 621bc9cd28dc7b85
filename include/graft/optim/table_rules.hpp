#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include <Eigen/Core>

#include <graft/core/detail/message.hpp>
#include <graft/core/error.hpp>

namespace graft::inline v0_1 {

/// What may move in a table during training, and towards what.
struct table_rules {
    /// The factor on the optimizer's learning rate; 0 freezes the table, which then needs no moments. A table
    /// or row that was frozen for a while goes on from where it was; it does not make up for those steps.
    double lr_factor = 1.0;
    /// A further factor for each row: [rows], or empty for 1. A row of 0 is frozen.
    std::vector<float> row_lr_factors{};
    /// Weight of the penalty for each interaction, in place of the one that holds for the whole training.
    std::optional<double> l2{};
    /// Added to l2 for each row: [rows], or empty for 0. With c / (the interactions of the row) the penalty
    /// of the row adds up to c in an epoch, however often the row occurs: a Gaussian prior.
    std::vector<float> row_l2{};
    /// What the penalty draws the weights to: [rows x dim], with biases also [rows x (dim + 1)], or empty for
    /// 0 (Li et al., "Explicit inductive bias for transfer learning", 1802.01483).
    Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor> anchor{};

    /// Throws argument_error if the rules do not fit a table of rows x dim with or without a bias.
    void check(const std::string& table, std::size_t rows, std::size_t dim, bool with_bias) const {
        const auto refuse = [&](const auto&... what) {
            throw argument_error(detail::message("table_rules: the ", table, "' ", what...));
        };
        const auto factor_ok = [](double f) { return f >= 0 && std::isfinite(f); };
        if (!factor_ok(lr_factor)) refuse("lr_factor must be a finite number >= 0");
        // Beyond these limits the products of a step leave a model's numbers.
        if (lr_factor > 1e9) refuse("lr_factor must be at most 1e9");
        if (!row_lr_factors.empty() && row_lr_factors.size() != rows)
            refuse("row_lr_factors has ", row_lr_factors.size(), " numbers for ", rows, " rows");
        for (std::size_t r = 0; r < row_lr_factors.size(); ++r) {
            if (!factor_ok(row_lr_factors[r])) refuse("row_lr_factors[", r, "] must be a finite number >= 0");
            if (row_lr_factors[r] > 1e9F) refuse("row_lr_factors[", r, "] must be at most 1e9");
        }
        if (l2 && !factor_ok(*l2)) refuse("l2 must be a finite number >= 0");
        if (l2 && *l2 > 1e30) refuse("l2 must be at most 1e30");
        if (!row_l2.empty() && row_l2.size() != rows)
            refuse("row_l2 has ", row_l2.size(), " numbers for ", rows, " rows");
        for (std::size_t r = 0; r < row_l2.size(); ++r) {
            if (!factor_ok(row_l2[r])) refuse("row_l2[", r, "] must be a finite number >= 0");
            if (row_l2[r] > 1e30F) refuse("row_l2[", r, "] must be at most 1e30");
        }
        if (anchor.size() == 0) return;
        const auto cols = static_cast<std::size_t>(anchor.cols());
        if (static_cast<std::size_t>(anchor.rows()) != rows ||
            (cols != dim && !(with_bias && cols == dim + 1)))
            refuse("anchor is ", anchor.rows(), " x ", cols, "; the table is ", rows, " x ", dim);
        if (!std::all_of(anchor.data(), anchor.data() + anchor.size(),
                         [](float x) { return std::isfinite(x); }))
            refuse("anchor is not finite");
    }

    /// Whether the factor of a row is other than 0 and 1.
    [[nodiscard]] bool has_fractions() const {
        const auto fraction = [](double f) { return f != 0 && f != 1; };
        if (fraction(lr_factor)) return true;
        for (const float f : row_lr_factors)
            if (fraction(f)) return true;
        return false;
    }
};

} // namespace graft::inline v0_1
