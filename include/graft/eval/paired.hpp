#pragma once

#include <cmath>
#include <cstddef>
#include <span>
#include <string>

#include <graft/core/error.hpp>

namespace graft::inline v0_1 {

/// The difference b - a of two ways, over runs that differ in nothing else.
struct paired_difference {
    std::size_t runs = 0;
    double mean = 0;
    double low = 0; ///< of the confidence interval
    double high = 0;
    double p_value = 1; ///< of no difference, two-sided

    /// Whether the interval leaves out 0.
    [[nodiscard]] bool significant() const noexcept { return low > 0 || high < 0; }
};

namespace detail {

/// P(|T| < t) for Student's t with a whole number of degrees of freedom (Abramowitz and Stegun 26.7.3 and 4).
[[nodiscard]] inline double student_within(double t, std::size_t freedom) {
    const double n = static_cast<double>(freedom);
    const double angle = std::atan2(std::abs(t), std::sqrt(n));
    const double c = std::cos(angle);
    const double s = std::sin(angle);
    const bool odd = freedom % 2 == 1;
    double term = odd ? c : 1.0;
    double sum = freedom == 1 ? 0.0 : term;
    for (std::size_t k = odd ? 3 : 2; k + 2 <= freedom; k += 2) {
        term *= c * c * static_cast<double>(k - 1) / static_cast<double>(k);
        sum += term;
    }
    return odd ? (angle + s * sum) / 1.5707963267948966 : s * sum;
}

/// The t with P(|T| < t) = confidence.
[[nodiscard]] inline double student_quantile(double confidence, std::size_t freedom) {
    double low = 0;
    double high = 1;
    while (student_within(high, freedom) < confidence && high < 1e300) high *= 2;
    for (int halving = 0; halving < 200; ++halving) {
        const double middle = low + (high - low) / 2;
        (student_within(middle, freedom) < confidence ? low : high) = middle;
    }
    return high;
}

} // namespace detail

/// Paired t test of results such as RMSEs, a[i] and b[i] from the same fold and seed. The runs of a
/// cross-validation share training data, which makes their differences look more certain than they are: give
/// test_to_train, such as 0.25 for five folds, for the corrected variance (1/n + test_to_train) s^2 of Nadeau
/// and Bengio 2003; 0 is for independent runs. Throws argument_error for fewer than two runs, lengths that
/// differ, numbers that are not finite, or options out of range.
[[nodiscard]] inline paired_difference compare_paired(std::span<const double> a, std::span<const double> b,
                                                      double test_to_train = 0.0, double confidence = 0.95) {
    if (a.size() != b.size() || a.size() < 2)
        throw argument_error("compare_paired: " + std::to_string(a.size()) + " and " +
                             std::to_string(b.size()) + " results; as many are needed, and at least 2");
    if (!(test_to_train >= 0) || !std::isfinite(test_to_train) || !(confidence > 0 && confidence < 1))
        throw argument_error(
            "compare_paired: test_to_train must be finite and >= 0, confidence must lie between 0 and 1");
    const double n = static_cast<double>(a.size());
    paired_difference result{.runs = a.size()};
    for (std::size_t i = 0; i < a.size(); ++i) result.mean += (b[i] - a[i]) / n;
    double squares = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        const double off = b[i] - a[i] - result.mean;
        squares += off * off;
    }
    if (!std::isfinite(squares)) throw argument_error("compare_paired: a result is not finite");
    const double error = std::sqrt((1 / n + test_to_train) * squares / (n - 1));
    const double reach = detail::student_quantile(confidence, a.size() - 1) * error;
    result.low = result.mean - reach;
    result.high = result.mean + reach;
    if (error > 0)
        result.p_value = 1 - detail::student_within(result.mean / error, a.size() - 1);
    else
        result.p_value = result.mean == 0 ? 1 : 0;
    return result;
}

} // namespace graft::inline v0_1
