#pragma once

#include <cmath>
#include <string>
#include <type_traits>

#include <graft/core/error.hpp>

namespace graft::inline v0_1::detail {

/// Rates and eps that leave room for what a step multiplies them with in a model's numbers.
template <class Scalar>
struct option_range {
    static constexpr double least = std::is_same_v<Scalar, float> ? 1e-30 : 1e-300;
    static constexpr double most = std::is_same_v<Scalar, float> ? 1e15 : 1e150;
    static constexpr const char* text =
        std::is_same_v<Scalar, float> ? "1e15 in a model of float" : "1e150 in a model of double";
    static constexpr const char* least_text = std::is_same_v<Scalar, float> ? "1e-30" : "1e-300";
};

/// Throws argument_error unless lr is a finite number >= 0 that a model of Scalar can take.
template <class Scalar>
void check_lr(const std::string& name, double lr) {
    if (!(lr >= 0) || !std::isfinite(lr)) throw argument_error(name + ": lr must be a finite number >= 0");
    if (lr > option_range<Scalar>::most)
        throw argument_error(name + ": lr must be at most " + option_range<Scalar>::text);
}

template <class Scalar, class Options>
void check_adam(const std::string& name, const Options& o) {
    check_lr<Scalar>(name, o.lr);
    if (!(o.beta1 >= 0 && o.beta1 < 1)) throw argument_error(name + ": beta1 must be in [0, 1)");
    if (!(o.beta2 >= 0 && o.beta2 < 1)) throw argument_error(name + ": beta2 must be in [0, 1)");
    if (!(o.eps > 0) || !std::isfinite(o.eps))
        throw argument_error(name + ": eps must be a finite number > 0");
    if (o.eps < option_range<Scalar>::least || o.eps > option_range<Scalar>::most)
        throw argument_error(name + ": eps must be from " + option_range<Scalar>::least_text + " to " +
                             option_range<Scalar>::text);
}

} // namespace graft::inline v0_1::detail
