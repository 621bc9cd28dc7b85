#include <algorithm>
#include <cstddef>
#include <vector>

#include <doctest/doctest.h>

#include <graft/data/split.hpp>
#include <graft/eval/ranking.hpp>
#include <graft/loss/bpr.hpp>
#include <graft/train/fit.hpp>
#include <graft/train/watch_ndcg.hpp>

#include <support/backend.hpp>
#include <support/small_world.hpp>

TEST_CASE("fit ends with the weights of the epoch whose NDCG is the best") {
    const auto data = small_world(60, 50, 600);
    const auto [train, valid] = graft::split(data, graft::holdout{.fraction = 0.2, .seed = 1});
    test::recommender<float, Eigen::Dynamic, graft::biased> model(60, 50, 4, {.seed = 2});
    graft::fit_options<graft::adam, graft::bpr> options{
        .epochs = 6, .batch_size = 50, .optimizer = {.lr = 0.05}, .negatives = {.per_positive = 2}};
    options.monitor = graft::watch_ndcg(model, train, valid, 5);
    CHECK(options.monitor.name == "NDCG@5");
    const auto history = graft::fit(model, train, valid, options);
    double best = 0;
    for (const auto& epoch : history.epochs) best = std::max(best, *epoch.monitored);
    CHECK(*history.epochs[history.best_epoch - 1].monitored == best);
    CHECK(graft::evaluate_ranking(model, train, valid, {.at = {5}}).at(5).ndcg == best);
}
