#include <cmath>
#include <cstdint>
#include <vector>

#include <doctest/doctest.h>

#include <graft/optim/detail/adam_history.hpp>
#include <graft/optim/detail/adam_timeline.hpp>

namespace {

using timeline = graft::detail::adam_timeline<double>;

double rate_of(std::uint32_t step) { return step <= 100 ? 0.01 : step <= 350 ? 0.03 : 0.002; }

timeline run(double beta1, double beta2, double weight_decay, std::uint32_t steps) {
    timeline t(beta1, beta2, 1e-8, weight_decay);
    for (std::uint32_t step = 1; step <= steps; ++step) {
        t.begin(rate_of(step));
        t.commit();
    }
    return t;
}

/// A weight at rest from `last` to `now`, as Adam is written.
double plain(double w, double m, double v, double beta1, double beta2, double decay, std::uint32_t last,
             std::uint32_t now) {
    for (std::uint32_t step = last + 1; step <= now; ++step) {
        const double lr = rate_of(step);
        m *= beta1;
        v *= beta2;
        w = (1 - lr * decay) * w -
            lr * m / (1 - std::pow(beta1, step)) / (std::sqrt(v / (1 - std::pow(beta2, step))) + 1e-8);
    }
    return w;
}

} // namespace

TEST_CASE("weight decay over a sleep is the product of that of its steps, whatever their learning rates") {
    const auto t = run(0.9, 0.999, 0.5, 400);
    const auto history = t.history();
    for (const std::uint32_t from : {0U, 1U, 99U, 100U, 300U})
        for (const std::uint32_t to : {300U, 350U, 351U, 400U}) {
            double product = 1;
            for (std::uint32_t step = from + 1; step <= to; ++step) product *= 1 - rate_of(step) * 0.5;
            CHECK(history.keep_between(from, to) == doctest::Approx(product).epsilon(1e-12));
        }
    CHECK(run(0.9, 0.999, 0.0, 10).history().keep_between(2, 9) == 1);
}

TEST_CASE("steps one by one are those of Adam, before the first change of the learning rate and after") {
    for (const double decay : {0.0, 0.5}) {
        const auto t = run(0.9, 0.999, decay, 700);
        for (const std::uint32_t last : {1U, 90U, 250U, 349U, 695U})
            CHECK(t.history().step_by_step(2.0, 0.3, 0.7, last, 700, 1.0) ==
                  doctest::Approx(plain(2.0, 0.3, 0.49, 0.9, 0.999, decay, last, 700)).epsilon(1e-12));
    }
    const auto slow = run(0.9, 0.8, 0.0, 700); // no window: sleeping rows do not come to rest in it
    CHECK(slow.window() == 0);
    CHECK(slow.history().step_by_step(2.0, 0.3, 0.7, 650, 700, 1.0) ==
          doctest::Approx(plain(2.0, 0.3, 0.49, 0.9, 0.8, 0.0, 650, 700)).epsilon(1e-12));
}

TEST_CASE("half the learning rate is half the way") {
    const auto t = run(0.9, 0.999, 0.0, 200);
    const double whole = t.history().step_by_step(2.0, 0.3, 0.7, 150, 200, 1.0);
    CHECK(t.history().step_by_step(2.0, 0.3, 0.7, 150, 200, 0.5) ==
          doctest::Approx(2 + (whole - 2) / 2).epsilon(1e-14));
    graft::detail::adam_catch_up<double> coefficients;
    coefficients.s1 = 3;
    coefficients.keep = 0.7;
    CHECK(coefficients.scaled(0.5).s1 == 1.5);
    CHECK(coefficients.scaled(0.5).keep == 0.7);
}

TEST_CASE("the coefficients of a long sleep take a weight where its steps do") {
    const auto t = run(0.9, 0.999, 0.5, 1500);
    REQUIRE(t.window() < 1000);
    for (const std::uint32_t last : {1U, 50U, 99U, 340U}) {
        const auto c = t.history().long_sleep(last, 1500);
        const double big_e = 0.7 + c.e;
        const double big_f = 0.7 + c.f;
        const double got = c.keep * 2.0 - c.s1 * 0.3 * big_f / (big_e * big_f - c.c);
        INFO("last " << last);
        CHECK(got == doctest::Approx(plain(2.0, 0.3, 0.49, 0.9, 0.999, 0.5, last, 1500)).epsilon(1e-11));
        CHECK(c.m_keep == doctest::Approx(std::pow(0.9, 1500 - last)).epsilon(1e-10));
        CHECK(c.root_keep == doctest::Approx(std::pow(0.999, (1500 - last) / 2.0)).epsilon(1e-10));
    }
}

TEST_CASE("a power that has become too small is 0, before it is denormal") {
    CHECK(graft::detail::faded<float>(std::log(0.9), 10) == doctest::Approx(std::pow(0.9, 10)));
    CHECK(graft::detail::faded<float>(std::log(0.9), 800) == 0); // 2.5e-37
    CHECK(graft::detail::faded<double>(std::log(0.9), 800) > 0);
}

TEST_CASE("an eps too small to be squared leaves small second moments to single steps") {
    graft::detail::adam_catch_up<float> c;
    c.set_eps(1e-8F);
    CHECK(c.e == 1e-8F);
    CHECK(c.f == 1e-8F);
    CHECK(c.e_min == 0);
    c.set_eps(1e-30F);
    CHECK(c.e == 1e-18F);
    CHECK(c.e_min > 1e-18F);
}
