#pragma once

#include <concepts>
#include <cstddef>

namespace graft::inline v0_1 {

/// What one interaction adds to a loss, and its derivative by the score.
template <class Scalar>
struct loss_terms {
    Scalar value;
    Scalar gradient;
};

/// A loss of single interactions. The loss of a batch is the mean over its interactions. All members can be
/// called on a GPU (GRAFT_HOST_DEVICE).
///
/// - `loss(score, target)`: the terms of one interaction.
/// - `best_constant(mean)`: the best score for targets of this mean if all scores are the same. A biased
///   model without a mean starts from it.
/// - `lowest_target`, `highest_target`: the range that targets must lie in.
/// - `usual_l2`, `usual_row_l2`, if there: the penalties of fit_options where none are given.
template <class L>
concept pointwise_loss = std::copyable<L> && requires(const L loss, float score, double wide_score) {
    { loss(score, score) } -> std::same_as<loss_terms<float>>;
    { loss(wide_score, wide_score) } -> std::same_as<loss_terms<double>>;
    { loss.best_constant(wide_score) } -> std::convertible_to<double>;
    { L::lowest_target } -> std::convertible_to<double>;
    { L::highest_target } -> std::convertible_to<double>;
};

/// A loss that compares the interactions of a group: consecutive ones of one user, such as an item that was
/// chosen and some that were not. A batch's loss is the mean over its groups.
///
/// - `loss(scores, targets, size, gradients)`: the group's loss. scores, targets, gradients: [size];
///   gradients are the derivatives by each score.
/// - `compares_only`: whether the loss stays the same where all scores of a group rise alike, so that its
///   gradients add up to 0. A user's bias then has the gradient 0, and not what rounding leaves of it.
template <class L>
concept group_loss = std::copyable<L> &&
    requires(const L loss, const float* scores, const double* wide_scores, const float* targets,
             std::size_t size, float* gradients, double* wide_gradients) {
    { loss(scores, targets, size, gradients) } -> std::same_as<float>;
    { loss(wide_scores, targets, size, wide_gradients) } -> std::same_as<double>;
    { L::compares_only } -> std::convertible_to<bool>;
};

/// What training minimises: one of the two. For checkpoints of `fit` it has a `name` and, if it has settings,
/// `each_setting(f)`, which calls f(name, value).
template <class L>
concept loss = pointwise_loss<L> || group_loss<L>;

namespace detail {
/// Whether a user's bias has a gradient.
template <loss L>
inline constexpr bool moves_user_biases = true;
template <group_loss L>
inline constexpr bool moves_user_biases<L> = !L::compares_only;
} // namespace detail

} // namespace graft::inline v0_1
