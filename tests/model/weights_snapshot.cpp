#include <doctest/doctest.h>

#include <graft/model/recommender.hpp>
#include <graft/model/weights_snapshot.hpp>

#include <support/backend.hpp>

TEST_CASE("a model gets back the weights of both tables, biases included") {
    test::recommender<float, Eigen::Dynamic, graft::biased> model(3, 2, 4);
    model.users().set_bias(2, 5);
    const auto users = model.users().weights();
    const auto items = model.items().weights();
    graft::detail::weights_snapshot<decltype(model)> before;
    before.take(model);
    model.users().set_bias(2, 6);
    model.items().set_row(1, Eigen::Vector4f(1, 2, 3, 4));
    before.restore(model);
    CHECK(model.users().weights() == users);
    CHECK(model.items().weights() == items);
}
