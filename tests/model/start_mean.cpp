#include <limits>

#include <doctest/doctest.h>

#include <graft/model/recommender.hpp>
#include <graft/model/start_mean.hpp>

#include <support/backend.hpp>

namespace {

using model = test::recommender<float, Eigen::Dynamic, graft::biased>;

} // namespace

TEST_CASE("a model without a mean has the one it was given for as long, or for good") {
    model m(1, 1, 2);
    {
        const graft::detail::start_mean<model> start(m, [] { return 3.5; });
        CHECK(m.mean() == 3.5F);
    }
    CHECK_FALSE(m.has_mean());
    {
        graft::detail::start_mean<model> start(m, [] { return 3.5; });
        start.keep();
    }
    CHECK(m.mean() == 3.5F);
}

TEST_CASE("a model's own mean stays, and a scorer without one needs none") {
    const auto none = []() -> double {
        FAIL("no mean is needed");
        return 0;
    };
    model m(1, 1, 2);
    m.set_mean(2);
    { const graft::detail::start_mean<model> start(m, none); }
    CHECK(m.mean() == 2);
    test::recommender<float> dots(1, 1, 2);
    { const graft::detail::start_mean<decltype(dots)> start(dots, none); }
    CHECK_FALSE(dots.has_mean());
}

TEST_CASE("a mean that cannot be leaves the model without one") {
    model m(1, 1, 2);
    CHECK_THROWS_AS(
        graft::detail::start_mean<model>(m, [] { return std::numeric_limits<double>::quiet_NaN(); }),
        graft::argument_error);
    CHECK_FALSE(m.has_mean());
}
