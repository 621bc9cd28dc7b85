// The whole job on MovieLens 100K, where it is beside the project.
#include <doctest/doctest.h>

#include <graft/data/read_ratings.hpp>
#include <graft/data/split.hpp>
#include <graft/eval/baselines.hpp>
#include <graft/eval/metrics.hpp>
#include <graft/model/recommender.hpp>
#include <graft/train/fit.hpp>
#include <graft/transfer/transfer.hpp>
#include <graft/vectors/read_vectors.hpp>

#include <support/real_data.hpp>

TEST_CASE("MovieLens 100K: seeded dot products learn, and biased ones beat the baselines") {
    const auto ratings_file = real_data("ml-100k/u.data");
    const auto vectors_file = real_data("glove-wiki-gigaword-100.top100k.gz");
    if (ratings_file.empty() || vectors_file.empty()) return;
    const auto ratings = graft::read_ratings(ratings_file);
    const auto [train, valid] = graft::split(ratings, graft::holdout{.fraction = 0.1, .seed = 7});
    const graft::clip scale{1, 5};

    const auto glove = graft::read_vectors(vectors_file, {.limit = ratings.num_users()});
    graft::recommender<float> seeded(ratings.num_users(), ratings.num_items(), glove.dim());
    CHECK(graft::transfer(glove, seeded.users(), graft::by_row{}).seeded == 943);
    const auto history = graft::fit(seeded, train, valid, {.epochs = 3});
    for (std::size_t e = 1; e < 3; ++e) {
        CHECK(history.epochs[e].train_loss < history.epochs[e - 1].train_loss);
        CHECK(*history.epochs[e].valid_loss < *history.epochs[e - 1].valid_loss);
    }

    graft::recommender<float, 32, graft::cpu, graft::biased> model(ratings.num_users(), ratings.num_items(),
                                                                   32, {.stddev = 0.05});
    graft::fit(model, train, {.epochs = 20, .optimizer = {.lr = 2e-3}, .l2 = 0.1, .row_l2 = 0});
    const auto ours = graft::evaluate(model, valid, scale);
    const auto biases = graft::evaluate(graft::mean_and_biases(train), valid, scale);
    CHECK(ours.rmse < 0.91);
    CHECK(ours.rmse < biases.rmse);
    CHECK(ours.mae < biases.mae);
}
