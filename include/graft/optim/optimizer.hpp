#pragma once

#include <concepts>
#include <cstdint>

#include <graft/core/host_device.hpp>

namespace graft::inline v0_1 {

/// The catch-up coefficients of optimizers that move only the rows of a batch: there is nothing to catch up.
struct no_catch_up {
    [[nodiscard]] GRAFT_HOST_DEVICE no_catch_up scaled(double) const { return {}; }
};

/// An optimizer: a plain struct of hyperparameters that also says how the values of a row move.
///
/// A row that no batch has met for some steps sleeps; those steps are its sleep. A lazy optimizer moves
/// sleeping rows, too, but computes all moves of a sleep at once, when the row is next read: it brings the
/// row up to date.
///
/// - `lr`: the learning rate, which a trainer may set to another.
/// - `moments`: values kept beside each weight (2 for Adam). A row is stored as [weights | first moment |
///   second moment], each as wide as the weights.
/// - `lazy`: whether sleeping rows move, too. They are brought up to date before they are next read.
/// - `decays`: whether a step also shrinks rows that no batch has touched yet (decoupled weight decay).
///   `decay()` then gives the weight decay: a step takes lr times this share of each weight. Unless it is 0,
///   learning rate factors of rows must be 0 or 1.
/// - `check<Scalar>()`: throws argument_error if a hyperparameter is out of range for a model of Scalar.
/// - `timeline<Scalar>`: what is the same for all rows: the steps so far and their learning rates.
///   `begin(lr)` opens a step, `commit()` closes it, `steps()` counts the closed ones. `update()` gives the
///   coefficients of the open step. `catch_up_since(step, workspace)` gives the catch-up coefficients: they
///   bring a row from the end of that step (0: no step has touched the row) to the end of the last closed
///   one. The result lives in the timeline until the next step, or in `workspace`. Both kinds of coefficients
///   have `scaled(factor)`, for rows with a learning rate factor.
/// - `name` and `each_setting(f)`, which calls f(name, value): for checkpoints of `fit`, which refuses them for
///   an optimizer without a name.
/// - `arithmetic`: how the coefficients move a chunk of a row (core/chunk.hpp): `update`, and for a lazy
///   optimizer what lazy_optimizer names.
template <class O>
concept optimizer = std::copyable<O> && requires(const O o, typename O::template timeline<float> t,
                                                 typename O::template timeline<float>::catch_up workspace) {
    { O::moments } -> std::convertible_to<int>;
    { O::lazy } -> std::convertible_to<bool>;
    { O::decays } -> std::convertible_to<bool>;
    { o.lr } -> std::convertible_to<double>;
    requires !O::decays || requires {
        { o.decay() } -> std::convertible_to<double>;
    };
    requires requires(O settable) { settable.lr = 0.0; };
    o.template check<float>();
    t.begin(0.0);
    t.commit();
    { t.steps() } -> std::convertible_to<std::uint32_t>;
    t.catch_up_since(std::uint32_t{}, workspace).scaled(1.0);
    t.update().scaled(1.0);
    typename O::arithmetic;
};

/// What a lazy optimizer needs besides.
///
/// - Its catch-up coefficients have `keep`, what is left of a weight whose moments are all 0, and `e_min`,
///   which is above 0 only if some weights have to take their steps one by one.
/// - `arithmetic`: `catch_up` gives the weights of a chunk as of the last closed step, `settle` brings its
///   moments there, `needs_steps` tells the weights that `catch_up` is not exact enough for.
/// - `timeline`: `window()`, the longest sleep whose coefficients are kept in a table by number of steps, and
///   `history()`. A history is plain pointers from which any device computes the coefficients of longer
///   sleeps, or steps one by one. It has `long_sleep(last, now)`, `step_by_step(weight, moments.., last, now,
///   factor)`, `arrays()`, the arrays it points to as a tuple of spans, and `with_arrays(pointers..)`, the
///   same history with its arrays elsewhere.
template <class O>
concept lazy_optimizer = optimizer<O> && O::lazy && requires(const typename O::template timeline<float> t) {
    { t.window() } -> std::convertible_to<std::uint32_t>;
    { t.history().long_sleep(std::uint32_t{1}, std::uint32_t{2}).keep } -> std::convertible_to<float>;
    { t.history().long_sleep(std::uint32_t{1}, std::uint32_t{2}).e_min } -> std::convertible_to<float>;
    t.history().arrays();
};

} // namespace graft::inline v0_1
