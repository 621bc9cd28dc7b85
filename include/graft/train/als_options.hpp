#pragma once

#include <cstddef>
#include <optional>

#include <graft/optim/table_rules.hpp>

namespace graft::inline v0_1 {

/// What `fit_als` minimises, and for how long. The defaults rank well on clicks of very different density; with
/// many factors (128 and more) somewhat larger weights of what was not observed can be better.
struct als_options {
    std::size_t epochs = 16; ///< in each, all users and then all items are solved
    /// Steps of conjugate gradients that a row takes towards its solution in an epoch; 0: all the way, in
    /// closed form.
    std::size_t cg_steps = 3;
    /// Weight of the square of each score, whether the user met the item or not; interactions have 1.
    double unobserved_weight = 0.3;
    /// Weight of |w - anchor|^2 of a row, times (the row's confidences + unobserved_weight x rows of the
    /// other table) ^ l2_exponent: a row that occurs in much of the objective needs more to be held.
    double l2 = 0.008;
    double l2_exponent = 1.0;
    /// The confidence of an interaction is alpha times its value, as for counts (Hu et al.); none: 1 for
    /// each.
    std::optional<double> alpha{};
    std::size_t threads = 1; ///< 0 means all of the machine's; results do not depend on it
    /// What may move in the user table: factors on the learning rate are 0 (frozen) or 1, and l2, row_l2 and
    /// the anchor go where the l2 above goes.
    table_rules users{};
    table_rules items{}; ///< and in the item table
};

} // namespace graft::inline v0_1
