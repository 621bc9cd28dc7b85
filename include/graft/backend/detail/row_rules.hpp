#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include <Eigen/Core>

#include <graft/core/host_device.hpp>
#include <graft/optim/table_rules.hpp>

namespace graft::inline v0_1::detail {

/// The table_rules of a table as an engine looks them up, row by row. Plain pointers, for the CPU and a GPU
/// alike.
template <class Scalar>
struct row_rules {
    double lr_factor = 1;
    const float* row_lr_factors = nullptr; // [rows] or nullptr
    Scalar l2 = 0;
    const float* row_l2 = nullptr;  // [rows] or nullptr
    const Scalar* anchor = nullptr; // [rows x pitch] or nullptr
    std::size_t pitch = 0;          // of the anchor

    /// The factor on the row's learning rate; 0: the row is frozen.
    [[nodiscard]] GRAFT_HOST_DEVICE double factor(std::size_t row) const {
        return row_lr_factors == nullptr ? lr_factor : lr_factor * static_cast<double>(row_lr_factors[row]);
    }
    [[nodiscard]] GRAFT_HOST_DEVICE Scalar l2_of(std::size_t row) const {
        return row_l2 == nullptr ? l2 : l2 + static_cast<Scalar>(row_l2[row]);
    }
    /// The weights that the penalty draws the row to; nullptr: 0.
    [[nodiscard]] GRAFT_HOST_DEVICE const Scalar* anchor_of(std::size_t row) const {
        return anchor == nullptr ? nullptr : anchor + row * pitch;
    }
};

/// The factor p in the gradient p (w - anchor) of the penalty, for a row that occurs at `count` places of a
/// batch.
template <class Scalar>
[[nodiscard]] GRAFT_HOST_DEVICE inline Scalar row_penalty(Scalar l2, std::size_t count, std::size_t batch) {
    return Scalar(2) * l2 * static_cast<Scalar>(count) / static_cast<Scalar>(batch);
}

/// The arrays behind row_rules, in main memory.
template <class Scalar>
struct row_rules_data {
    double lr_factor = 1;
    std::vector<float> row_lr_factors;
    Scalar l2 = 0;
    std::vector<float> row_l2;
    std::vector<Scalar> anchor;
    std::size_t pitch = 0;

    row_rules_data() = default;
    /// default_l2: for rules without an l2 of their own. row_pitch: values of a row of the anchor, at least
    /// the width of the table. Values that the rules do not give are 0.
    row_rules_data(const table_rules& rules, double default_l2, std::size_t rows, std::size_t row_pitch)
        : lr_factor(rules.lr_factor), row_lr_factors(rules.row_lr_factors),
          l2(static_cast<Scalar>(rules.l2.value_or(default_l2))), row_l2(rules.row_l2), pitch(row_pitch) {
        if (rules.anchor.size() == 0) return;
        anchor.assign(rows * pitch, Scalar(0));
        for (Eigen::Index r = 0; r < rules.anchor.rows(); ++r)
            for (Eigen::Index i = 0; i < rules.anchor.cols(); ++i)
                anchor[static_cast<std::size_t>(r) * pitch + static_cast<std::size_t>(i)] =
                    static_cast<Scalar>(rules.anchor(r, i));
    }

    [[nodiscard]] row_rules<Scalar> view() const {
        const auto or_null = [](const auto& values) { return values.empty() ? nullptr : values.data(); };
        return {lr_factor, or_null(row_lr_factors), l2, or_null(row_l2), or_null(anchor), pitch};
    }
};

/// Whether the weights of a row in memory are those of the last closed step, `now`. last: the step that the
/// row is up to date with (0: no step has touched it). factor: on its learning rate. keep: what weight decay
/// has left of a weight since `last`.
template <class Scalar>
[[nodiscard]] GRAFT_HOST_DEVICE inline bool is_row_current(std::uint32_t last, std::uint32_t now,
                                                           double factor, Scalar keep) {
    return factor == 0 || last == now || (last == 0 && keep == Scalar(1));
}

/// The `last` of a row after its table gets other rules at the end of step `now`. With weight decay, a row
/// that no step has touched counts from `now`: the decay of earlier steps has been applied, or is not due
/// because the row could not move.
template <class Optimizer>
[[nodiscard]] constexpr std::uint32_t last_with_new_rules(std::uint32_t last, std::uint32_t now) {
    return Optimizer::decays && last == 0 ? now : last;
}

} // namespace graft::inline v0_1::detail
