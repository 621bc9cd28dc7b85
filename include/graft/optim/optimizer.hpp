#pragma once

#include <concepts>
#include <cstdint>

namespace graft {

/// An optimizer: a plain struct of hyperparameters that also says how the numbers of a row move.
///
/// - `moments`: numbers kept beside each weight (2 for Adam). A row is stored as
///   [weights | first moment | second moment], each as wide as the weights.
/// - `lazy`: rows outside of a batch move too, and are brought up to date before they are read.
/// - `check()`: throws argument_error if a hyperparameter is out of range.
/// - `timeline<Scalar>`: what is the same for all rows: the steps so far and their learning rates.
///   `begin(lr)` opens a step, `commit()` closes it; `drift_since(step, room)` gives the coefficients, a
///   `drift`, that bring a row from the end of that step to the end of the last closed one: those it keeps,
///   or `room`; `update()` those of the open step. Both have `scaled(factor)`, for rows whose learning rate
///   differs by a factor.
/// - `arithmetic`: how the coefficients move a chunk of a row (core/chunk.hpp): `update`, and for a lazy
/// optimizer
///   `catch_up` and `settle`.
template <class O>
concept optimizer = std::copyable<O> && requires(const O o, typename O::template timeline<float> t,
                                                 typename O::template timeline<float>::drift room) {
    { O::moments } -> std::convertible_to<int>;
    { O::lazy } -> std::convertible_to<bool>;
    { o.lr } -> std::convertible_to<double>;
    o.check();
    t.begin(0.0);
    t.commit();
    { t.steps() } -> std::convertible_to<std::uint32_t>;
    t.drift_since(std::uint32_t{}, room).scaled(1.0);
    t.update().scaled(1.0);
    typename O::arithmetic;
};

} // namespace graft
