#include <cmath>
#include <limits>
#include <vector>

#include <doctest/doctest.h>

#include <graft/eval/paired.hpp>

// scipy.stats.t.ppf((1 + confidence) / 2, freedom)
TEST_CASE("quantiles of Student's t") {
    using graft::detail::student_quantile;
    CHECK(student_quantile(0.95, 1) == doctest::Approx(12.706204736).epsilon(1e-9));
    CHECK(student_quantile(0.95, 2) == doctest::Approx(4.302652730).epsilon(1e-9));
    CHECK(student_quantile(0.95, 3) == doctest::Approx(3.182446305).epsilon(1e-9));
    CHECK(student_quantile(0.95, 4) == doctest::Approx(2.776445105).epsilon(1e-9));
    CHECK(student_quantile(0.95, 9) == doctest::Approx(2.262157163).epsilon(1e-9));
    CHECK(student_quantile(0.99, 30) == doctest::Approx(2.749995654).epsilon(1e-9));
    CHECK(student_quantile(0.95, 1000) == doctest::Approx(1.962339081).epsilon(1e-8));
}

TEST_CASE("paired differences and their interval") {
    const std::vector<double> a{1, 2, 3, 4};
    const std::vector<double> b{2, 2.5, 4.5, 5};
    const auto d = graft::compare_paired(a, b); // differences 1, .5, 1.5, 1: mean 1, s^2 = 1/6
    CHECK(d.runs == 4);
    CHECK(d.mean == doctest::Approx(1));
    const double reach = 3.182446305 * std::sqrt(1.0 / 6 / 4);
    CHECK(d.low == doctest::Approx(1 - reach));
    CHECK(d.high == doctest::Approx(1 + reach));
    CHECK(d.p_value == doctest::Approx(0.016276603459).epsilon(1e-9)); // scipy.stats.ttest_rel
    CHECK(d.significant());
    const auto wider = graft::compare_paired(a, b, 0.25);
    CHECK(wider.high - 1 == doctest::Approx(reach * std::sqrt(2)));
    const auto back = graft::compare_paired(b, a);
    CHECK(back.mean == -d.mean);
    CHECK(back.high == -d.low);
    CHECK(graft::compare_paired(a, a).p_value == 1);
    CHECK_FALSE(graft::compare_paired(a, a).significant());
}

TEST_CASE("too few runs and other nonsense are refused") {
    const std::vector<double> one{1};
    const std::vector<double> two{1, 2};
    const std::vector<double> nan{1, std::numeric_limits<double>::quiet_NaN()};
    CHECK_THROWS_AS((void)graft::compare_paired(one, one), graft::argument_error);
    CHECK_THROWS_AS((void)graft::compare_paired(one, two), graft::argument_error);
    CHECK_THROWS_AS((void)graft::compare_paired(two, nan), graft::argument_error);
    CHECK_THROWS_AS((void)graft::compare_paired(two, two, -1), graft::argument_error);
    CHECK_THROWS_AS((void)graft::compare_paired(two, two, 0, 1), graft::argument_error);
}
