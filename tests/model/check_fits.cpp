#include <doctest/doctest.h>

#include <graft/data/interactions.hpp>
#include <graft/model/check_fits.hpp>
#include <graft/model/recommender.hpp>

#include <support/backend.hpp>
#include <support/ratings.hpp>

TEST_CASE("data must be there, and the model have their rows") {
    const auto data = ratings({0}, {0}, {1}); // of 3 users and 3 items
    graft::detail::check_fits("training", test::recommender<float>(3, 4, 2), data);
    CHECK_THROWS_WITH_AS(
        graft::detail::check_fits("training", test::recommender<float>(3, 3, 2), ratings({}, {}, {})),
        "fit: the training data are empty", graft::argument_error);
    CHECK_THROWS_WITH_AS(graft::detail::check_fits("validation", test::recommender<float>(2, 3, 2), data),
                         "fit: the validation data have 3 users and 3 items; the model has rows for 2 and 3; "
                         "make room with graft::grow(model, data)",
                         graft::argument_error);
    CHECK_THROWS_AS(graft::detail::check_fits("validation", test::recommender<float>(3, 2, 2), data),
                    graft::argument_error);
}
