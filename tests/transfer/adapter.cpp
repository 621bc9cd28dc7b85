#include <cmath>
#include <vector>

#include <doctest/doctest.h>

#include <graft/core/random.hpp>
#include <graft/eval/baselines.hpp>
#include <graft/eval/metrics.hpp>
#include <graft/model/recommender.hpp>
#include <graft/transfer/adapter.hpp>
#include <graft/transfer/compose.hpp>

#include <support/backend.hpp>

namespace {

using graft::item_id;
using graft::user_id;
using model = test::recommender<float, Eigen::Dynamic, graft::biased>;
constexpr std::size_t num_users = 60;
constexpr std::size_t num_items = 100;
constexpr std::size_t num_cold = 20; // the last ones

/// Ratings that follow from the items' vectors: each user likes a direction.
struct world {
    graft::row_vectors vectors{num_items, 3};
    graft::interactions train;
    graft::interactions cold;
};

world make_world() {
    world w;
    graft::random_engine engine(11);
    const auto normal = [&] { return graft::draw_normal_pair(engine).first; };
    for (std::size_t i = 0; i < num_items; ++i)
        w.vectors.set(i, Eigen::RowVector3d(normal(), normal(), normal()));
    std::vector<user_id> users[2];
    std::vector<item_id> items[2];
    std::vector<float> values[2];
    for (std::size_t u = 0; u < num_users; ++u) {
        const Eigen::Vector3d taste(normal(), normal(), 0.5 + normal());
        for (std::size_t i = 0; i < num_items; ++i) {
            if (graft::draw_uniform(engine) > 0.4) continue;
            const int part = i >= num_items - num_cold ? 1 : 0;
            users[part].push_back(static_cast<user_id>(u));
            items[part].push_back(static_cast<item_id>(i));
            values[part].push_back(
                static_cast<float>(3 + 0.5 * w.vectors.row(i).cast<double>().dot(taste) + 0.2 * normal()));
        }
    }
    w.train = graft::interactions::from_rows(users[0], items[0], values[0], num_users, num_items);
    w.cold = graft::interactions::from_rows(users[1], items[1], values[1], num_users, num_items);
    return w;
}

graft::adapted_fit_options<> options() {
    graft::adapted_fit_options<> o;
    o.fit = {.epochs = 24, .batch_size = 32, .optimizer = {.lr = 1e-2}, .l2 = 0.02};
    o.items.penalty = 10;
    o.users.penalty = 10;
    return o;
}

} // namespace

TEST_CASE("an item that was never rated is scored by its vector, and by nobody else's") {
    const auto w = make_world();
    const graft::mean_and_biases base(w.train);
    const double known = graft::evaluate(base, w.cold).rmse;
    const auto with = [&](const graft::row_vectors& vectors) {
        model m(num_users, num_items, 4, {.seed = 1});
        auto o = options();
        o.items.vectors = vectors;
        const auto learned = graft::fit_adapted(m, w.train, o);
        REQUIRE(learned.items.has_value());
        CHECK_FALSE(learned.users.has_value());
        CHECK(learned.items->outputs() == 5);
        const auto mapped = (*learned.items)(vectors);
        for (std::size_t i = num_items - num_cold; i < num_items; ++i)
            CHECK(graft::row_and_bias(m.items(), i)
                      .isApprox(mapped.row(static_cast<Eigen::Index>(i)).cast<double>(), 1e-6));
        const auto cold = graft::cold_model(m, *learned.items, vectors, w.train, {.l2 = 0.02});
        CHECK(graft::evaluate(cold, w.cold).rmse < known * 1.2);
        return std::pair(graft::evaluate(m, w.cold).rmse, graft::evaluate(cold, w.cold).rmse);
    };
    const auto [direct, folded] = with(w.vectors);
    CHECK(direct < 0.6 * known);
    CHECK(folded < 0.6 * known);
    CHECK(with(graft::shuffled(w.vectors, 5)).first > 0.9 * known);
}

TEST_CASE("without vectors it is fit, in rounds") {
    const auto w = make_world();
    auto o = options();
    o.fit.row_l2 = 0.5;
    o.fit.epochs = 4;
    model a(num_users, num_items, 4, {.seed = 1});
    const auto adapted = graft::fit_adapted(a, w.train, o);
    model b(num_users, num_items, 4, {.seed = 1});
    auto plain = o.fit;
    plain.keep_best = false;
    graft::fit(b, w.train, plain);
    CHECK(a.users().weights() == b.users().weights()); // one round is one fit
    CHECK(a.items().weights() == b.items().weights());
    CHECK_FALSE(adapted.items.has_value());
}

TEST_CASE("biases start at what the vectors say of the ratings, and penalties can be left to be chosen") {
    const auto w = make_world();
    const double mean = w.train.mean();
    const auto start = [&](const graft::row_vectors& vectors) {
        model m(num_users, num_items, 4, {.stddev = 0});
        auto o = options();
        o.items = {vectors, {}};
        o.fit.row_l2 = 1;
        o.fit.epochs = 1;
        o.fit.optimizer.lr = 0; // so that the start is all that is seen
        const auto learned = graft::fit_adapted(m, w.train, o);
        CHECK(m.mean() == doctest::Approx(mean));
        return std::pair(m, *learned.items);
    };
    const auto [m, map] = start(w.vectors);
    for (std::size_t i = 0; i < num_items; ++i) {
        const auto row = static_cast<Eigen::Index>(i);
        CHECK(m.items().bias(i) == doctest::Approx(map(w.vectors)(row, 4)).epsilon(1e-3));
    }
    // The vectors' last number raises ratings by 0.25 on average, the users' mean taste.
    CHECK(map.weights()(2, 4) == doctest::Approx(0.25).epsilon(0.35));
    const graft::global_mean base(w.train);
    CHECK(graft::evaluate(m, w.cold).rmse < 0.97 * graft::evaluate(base, w.cold).rmse);

    const auto [control, none] = start(graft::shuffled(w.vectors, 5));
    CHECK(none.weights().col(4).norm() < 0.5 * map.weights().col(4).norm());
}

TEST_CASE("biases that a model has learned before stay") {
    const auto w = make_world();
    model m(num_users, num_items, 4, {.stddev = 0});
    m.items().set_bias(3, 0.75F);
    auto o = options();
    o.items.vectors = w.vectors;
    o.fit.epochs = 1;
    o.fit.optimizer.lr = 0;
    graft::fit_adapted(m, w.train, o);
    CHECK(m.items().bias(3) == 0.75F);
    CHECK(m.items().bias(4) != 0);
}

TEST_CASE("progress counts epochs over all rounds, and validation is recorded") {
    const auto w = make_world();
    model m(num_users, num_items, 4, {.seed = 1});
    auto o = options();
    o.fit.epochs = 7;
    o.refit_every = 3;
    o.items.vectors = w.vectors;
    std::vector<std::size_t> told;
    std::vector<std::size_t> asked;
    o.fit.schedule = [&](std::size_t epoch, std::size_t epochs) {
        CHECK(epochs == 7);
        asked.push_back(epoch);
        return 1.0;
    };
    const auto learned = graft::fit_adapted(m, w.train, w.cold, o, [&](const graft::progress& now) {
        CHECK(now.epochs == 7);
        if (now.finished != nullptr) {
            CHECK(now.finished->epoch == now.epoch);
            told.push_back(now.epoch);
        }
    });
    CHECK(told == std::vector<std::size_t>{1, 2, 3, 4, 5, 6, 7});
    CHECK(asked == std::vector<std::size_t>{0, 1, 2, 3, 4, 5, 6});
    REQUIRE(learned.progress.epochs.size() == 7);
    double least = 1e9;
    for (const auto& e : learned.progress.epochs) least = (std::min)(least, e.valid_loss.value());
    CHECK(learned.progress.epochs[learned.progress.best_epoch - 1].valid_loss == least);
}

TEST_CASE("results do not depend on the number of threads") {
    const auto w = make_world();
    const auto weights = [&](std::size_t threads) {
        model m(num_users, num_items, 4, {.seed = 1});
        auto o = options();
        o.fit.epochs = 8;
        o.fit.threads = threads;
        o.items.vectors = w.vectors;
        o.users.vectors = graft::mean_of_items(w.vectors, w.train);
        graft::fit_adapted(m, w.train, o);
        return m.items().weights();
    };
    CHECK(weights(1) == weights(3));
}

TEST_CASE("options out of range change nothing") {
    const auto w = make_world();
    model m(num_users, num_items, 4, {.seed = 1});
    const auto before = m.items().weights();
    const auto refused = [&](auto change) {
        auto o = options();
        change(o);
        CHECK_THROWS_AS((void)graft::fit_adapted(m, w.train, o), graft::argument_error);
    };
    refused([](auto& o) { o.refit_every = 0; });
    refused([&](auto& o) { // found by fit, after the biases' start
        o.items.vectors = w.vectors;
        o.fit.batch_size = 0;
    });
    refused([](auto& o) { o.fit.row_l2 = -1; });
    refused([](auto& o) { o.fit.patience = 2; });
    refused([](auto& o) { o.fit.checkpoint = "adapter.checkpoint"; });
    refused([](auto& o) { o.fit.moments_of = "adapter.checkpoint"; });
    refused([](auto& o) { o.items.vectors = graft::row_vectors(num_items + 1, 2); });
    refused([&](auto& o) { o.items = {w.vectors, 0.0}; });
    refused([](auto& o) { o.fit.items.anchor = graft::linear_map::matrix_type::Zero(num_items, 4); });
    CHECK(m.items().weights() == before);
    CHECK_FALSE(m.has_mean());
}

TEST_CASE("rows start at what a map gives") {
    const auto w = make_world();
    const graft::linear_map map(Eigen::MatrixXd::Random(3, 5), Eigen::RowVectorXd::Random(5));
    model m(num_users, num_items, 4);
    graft::row_vectors some(num_items, 3);
    some.set(2, w.vectors.row(2));
    const auto untouched = graft::row_and_bias(m.items(), 3);
    graft::seed_mapped(map, some, m.items());
    CHECK(graft::row_and_bias(m.items(), 2).isApprox(map(some).row(2).cast<double>(), 1e-6));
    CHECK(graft::row_and_bias(m.items(), 3) == untouched);
    CHECK_THROWS_AS(graft::seed_mapped(map, some, m.users()), graft::argument_error);
}
