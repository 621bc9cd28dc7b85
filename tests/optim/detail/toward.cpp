#include <Eigen/Core>
#include <doctest/doctest.h>

#include <graft/optim/detail/toward.hpp>

using graft::detail::toward;

TEST_CASE("a mean moves by its part of the distance to its goal") {
    CHECK(toward<double>(2.0, 10.0, 0.25) == 4);
    using chunk = Eigen::Array4d;
    CHECK((toward<chunk>(chunk(0, 1, 2, 3), chunk(4, 1, 0, 3), 0.5) == chunk(2, 1, 1, 3)).all());
}

TEST_CASE("a mean that has reached its goal stays there, whatever its part is rounded to") {
    for (const double part : {0.1, 0.001, 0.05})
        for (float x = 0.1F; x < 10; x *= 1.37F) CHECK(toward<float>(x, x, static_cast<float>(part)) == x);
}
