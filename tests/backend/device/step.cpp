// The kernels as a GPU runs them, 32 lanes to a row, on fibers.
#include <algorithm>
#include <cstddef>
#include <vector>

#include <doctest/doctest.h>

#include <graft/backend/device/device_backend.hpp>
#include <graft/eval/metrics.hpp>
#include <graft/optim/adam.hpp>
#include <graft/optim/adamw.hpp>
#include <graft/optim/sgd.hpp>
#include <graft/optim/sparse_adam.hpp>
#include <graft/serve/recommend.hpp>

#include <support/fibers.hpp>
#include <support/follow.hpp>

namespace {

using forward = graft::device_backend<fibers::system<fibers::order::forward>>;
using reversed = graft::device_backend<fibers::system<fibers::order::reversed>>;

template <class Backend>
void follow() {
    golden::check_forward<Backend, graft::dot>(golden::load("gradient_dot"));
    golden::check_forward<Backend, graft::biased>(golden::load("gradient_biased"));
    golden::follow<Backend, graft::dot, double, graft::adam>(golden::load("adam_tiny"), 100);
    golden::follow<Backend, graft::biased, double, graft::adam>(golden::load("adam_biased"), 100);
    golden::follow<Backend, graft::dot, double, graft::adamw>(golden::load("adamw_basic"), 10);
    golden::follow<Backend, graft::dot, double, graft::sparse_adam>(golden::load("sparse_adam_basic"), 10);
    golden::follow<Backend, graft::biased, double, graft::sgd>(golden::load("sgd_biased"), 10);
}

} // namespace

TEST_CASE("32 lanes to a row follow PyTorch's runs, whatever the order of the lanes") {
    follow<forward>();
    follow<reversed>();
}

TEST_CASE("the order of the lanes changes no bit") {
    const auto run = [](auto model, const graft::trainer_options& options) {
        graft::random_engine engine(3);
        std::vector<graft::user_id> users;
        std::vector<graft::item_id> items;
        std::vector<float> targets;
        for (int k = 0; k < 600; ++k) {
            users.push_back(static_cast<graft::user_id>(graft::draw_below(engine, 20)));
            items.push_back(static_cast<graft::item_id>(graft::draw_below(engine, 15)));
            targets.push_back(static_cast<float>(graft::draw_below(engine, 5)));
        }
        {
            graft::trainer trainer(model, graft::adam{.lr = 1e-2}, options);
            std::vector<double> losses(10);
            trainer.train(users, items, targets, 60, losses);
        }
        return std::pair(model.users().weights(), model.items().weights());
    };
    // More packs than lanes, a part of one that is not whole, and a bias.
    const graft::recommender<float, Eigen::Dynamic, forward, graft::biased> one(20, 15, 150, {.seed = 1});
    const graft::recommender<float, Eigen::Dynamic, reversed, graft::biased> two(20, 15, 150, {.seed = 1});
    const graft::trainer_options plain{.l2 = 0.1};
    CHECK(run(one, plain) == run(two, plain));

    graft::trainer_options ruled{.l2 = 0.1};
    ruled.users.row_lr_factors.assign(20, 1.0F);
    for (std::size_t r = 0; r < 20; r += 3) ruled.users.row_lr_factors[r] = r % 2 == 0 ? 0.0F : 0.5F;
    ruled.users.row_l2.assign(20, 0.2F);
    ruled.items.lr_factor = 0.5;
    ruled.items.anchor.setConstant(15, 150, 0.1F);
    const auto with_rules = run(one, ruled);
    CHECK(with_rules == run(two, ruled));
    CHECK(with_rules != run(one, plain));
}

TEST_CASE("32 lanes to a row judge and rank as the CPU does") {
    graft::random_engine engine(4);
    const auto draw = [&](std::uint64_t below) {
        return static_cast<unsigned>(graft::draw_below(engine, below));
    };
    std::vector<float> weights(30 * 151); // whole numbers, whose sums are the same in any order
    for (float& w : weights) w = static_cast<float>(draw(5)) - 2;
    std::vector<graft::user_id> users;
    std::vector<graft::item_id> items;
    std::vector<float> values;
    for (int k = 0; k < 4100; ++k) { // more than there are sums
        users.push_back(graft::user_id{draw(30)});
        items.push_back(graft::item_id{draw(30)});
        values.push_back(static_cast<float>(draw(5)));
    }
    const auto data = graft::interactions::from_rows(users, items, values, 30, 30);
    const auto run = [&]<class Backend>(Backend) {
        graft::recommender<float, Eigen::Dynamic, Backend, graft::biased> model(30, 30, 150);
        model.set_mean(1);
        model.users().set_weights(weights);
        std::reverse(weights.begin(), weights.end());
        model.items().set_weights(weights);
        std::reverse(weights.begin(), weights.end());
        const auto error = graft::evaluate(model, data, {.low = -20, .high = 20});
        std::vector<double> results{error.rmse, error.mae};
        for (const auto& [item, score] : graft::recommend(model, graft::user_id{7}, 20)) {
            results.push_back(static_cast<double>(item));
            results.push_back(static_cast<double>(score));
        }
        return results;
    };
    const auto wanted = run(graft::cpu{});
    CHECK(wanted.size() == 42);
    CHECK(run(forward{}) == wanted);
    CHECK(run(reversed{}) == wanted);
}
