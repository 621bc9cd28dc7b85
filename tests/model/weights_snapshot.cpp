#include <cstddef>
#include <vector>

#include <doctest/doctest.h>

#include <graft/backend/training_engine.hpp>
#include <graft/model/recommender.hpp>
#include <graft/model/weights_snapshot.hpp>

#include <support/backend.hpp>

namespace {

using model_type = test::recommender<float, Eigen::Dynamic, graft::biased>;
using snapshot = graft::detail::weights_snapshot<model_type>;

} // namespace

TEST_CASE("a model gets back the weights of both tables, biases included, as they were last taken") {
    model_type model(3, 2, 4);
    snapshot before;
    before.take(model);
    model.users().set_bias(2, 5);
    before.take(model);
    const auto users = model.users().weights();
    const auto items = model.items().weights();
    model.users().set_bias(2, 6);
    model.items().set_row(1, Eigen::Vector4f(1, 2, 3, 4));
    before.restore(model);
    CHECK(model.users().weights() == users);
    CHECK(model.items().weights() == items);
}

TEST_CASE("rows of a snapshot are read and written some at a time") {
    using graft::table_side;
    model_type model(3, 2, 1, {.seed = 5});
    snapshot kept;
    kept.take(model);
    std::vector<float> values(4);
    kept.read(table_side::users, 1, 2, values.data());
    const auto users = model.users().weights();
    CHECK(values == std::vector<float>(users.begin() + 2, users.end()));
    values = {1, 2};
    kept.write(table_side::items, 1, 1, values.data());
    kept.restore(model);
    CHECK(model.users().weights() == users);
    CHECK(model.items().row(1)[0] == 1);
    CHECK(model.items().bias(1) == 2);
}
