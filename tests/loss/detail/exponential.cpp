#include <cmath>
#include <initializer_list>
#include <limits>

#include <doctest/doctest.h>

#include <graft/loss/detail/exponential.hpp>

namespace detail = graft::detail;

namespace {

/// Two units in the last place of a number.
double close(double x) {
    return 2 * static_cast<double>(std::numeric_limits<float>::epsilon()) * std::abs(x);
}

} // namespace

TEST_CASE("exponentials of numbers up to 0 and logarithms from 1 to 2 are as exact as floats are") {
    for (int k = 0; k <= 870'000; k += 7) {
        const float x = -1e-4F * static_cast<float>(k);
        const double exact = std::exp(static_cast<double>(x));
        REQUIRE(std::abs(static_cast<double>(detail::exp_of_negative(x)) - exact) <= close(exact));
        const float share = static_cast<float>(exact);
        const double log = std::log1p(static_cast<double>(share));
        REQUIRE(std::abs(static_cast<double>(detail::log1p_of_share(share)) - log) <= close(log));
    }
    CHECK(detail::exp_of_negative(0.0F) == 1.0F);
    CHECK(detail::exp_of_negative(-0.0F) == 1.0F);
    CHECK(detail::log1p_of_share(0.0F) == 0.0F);
    CHECK(detail::exp_of_negative(-1.5) == std::exp(-1.5));
    CHECK(detail::log1p_of_share(0.5) == std::log1p(0.5));
}

TEST_CASE("exponentials of numbers far below 0 are 0, and of no number none") {
    constexpr float infinity = std::numeric_limits<float>::infinity();
    for (const float x : {-88.0F, -1000.0F, -1e30F, -infinity}) CHECK(detail::exp_of_negative(x) == 0.0F);
    CHECK(std::isnan(detail::exp_of_negative(std::numeric_limits<float>::quiet_NaN())));
    CHECK(std::isnan(detail::log1p_of_share(std::numeric_limits<float>::quiet_NaN())));
}

TEST_CASE_TEMPLATE("softplus is finite for finite numbers, and no others", Scalar, float, double) {
    using limits = std::numeric_limits<Scalar>;
    const detail::softplus<Scalar> low(-(limits::max)());
    CHECK(low.value == Scalar(0));
    CHECK(low.derivative == Scalar(0));
    const detail::softplus<Scalar> high((limits::max)());
    CHECK(high.value == (limits::max)());
    CHECK(high.derivative == Scalar(1));
    CHECK(detail::softplus<Scalar>(Scalar(0)).derivative == Scalar(0.5));
    CHECK(std::isinf(detail::softplus<Scalar>(limits::infinity()).value));
    CHECK(std::isnan(detail::softplus<Scalar>(limits::quiet_NaN()).value));
}
