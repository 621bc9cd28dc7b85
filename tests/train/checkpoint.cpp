#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <graft/core/error.hpp>
#include <graft/core/random.hpp>
#include <graft/data/interactions_builder.hpp>
#include <graft/data/split.hpp>
#include <graft/loss/bpr.hpp>
#include <graft/loss/logistic.hpp>
#include <graft/loss/softmax.hpp>
#include <graft/model/load.hpp>
#include <graft/model/recommender.hpp>
#include <graft/model/save.hpp>
#include <graft/optim/adamw.hpp>
#include <graft/optim/schedule.hpp>
#include <graft/optim/sgd.hpp>
#include <graft/optim/sparse_adam.hpp>
#include <graft/train/checkpoint.hpp>
#include <graft/train/fit.hpp>

#include <support/backend.hpp>
#include <support/failure.hpp>
#include <support/files.hpp>
#include <support/in_child.hpp>
#include <support/sanitizers.hpp>
#include <support/small_world.hpp>

#if defined(GRAFT_TEST_HAS_FORK) && !defined(GRAFT_TEST_SYSTEM)
#include <chrono>
#include <csignal>
#include <thread>
#endif

namespace fs = std::filesystem;

namespace {

using dots = test::recommender<float>;
using biased = test::recommender<float, Eigen::Dynamic, graft::biased>;

constexpr std::size_t num_users = 150;
constexpr std::size_t num_items = 100;

/// An optimizer that a checkpoint cannot know again.
struct nameless : graft::adam {
    int name = 0;
};

/// A place for a file, with none there.
struct free_place : test::temporary_file {
    explicit free_place(const std::string& name) : temporary_file("checkpoint_" + name) { fs::remove(path); }
};

/// What a run ends with.
template <class Scalar>
struct ended {
    std::vector<Scalar> users, items;
    Scalar mean{};
    graft::history history;
};

template <class Scalar>
void check_same(const ended<Scalar>& a, const ended<Scalar>& b) {
    CHECK(a.users == b.users);
    CHECK(a.items == b.items);
    CHECK(a.mean == b.mean);
    CHECK(a.history.best_epoch == b.history.best_epoch);
    CHECK(a.history.stopped_early == b.history.stopped_early);
    REQUIRE(a.history.epochs.size() == b.history.epochs.size());
    for (std::size_t e = 0; e < a.history.epochs.size(); ++e) {
        const auto& x = a.history.epochs[e];
        const auto& y = b.history.epochs[e];
        CHECK(x.epoch == y.epoch);
        CHECK(x.train_loss == y.train_loss);
        CHECK(x.valid_loss == y.valid_loss);
        CHECK(x.monitored == y.monitored);
        CHECK(x.lr == y.lr);
    }
}

/// Data in which most rows sleep for long: few interactions, and many rows.
struct world {
    graft::interactions train, valid;
    bool validates = false;
};
world sparse_world(bool validates, bool clicks) {
    auto data = small_world(num_users, num_items, 1000);
    if (clicks) {
        std::vector<float> ones(data.size(), 1.0F);
        data = graft::interactions::from_rows(data.users(), data.items(), ones, num_users, num_items);
    }
    auto [train, valid] = graft::split(data, graft::holdout{.fraction = 0.2, .seed = 1});
    return {std::move(train), std::move(valid), validates};
}

template <class Model, class Options>
ended<typename Model::scalar> fit_one(Model& model, const world& data, const Options& options,
                                      const graft::progress_callback& tell = {}) {
    ended<typename Model::scalar> end;
    end.history = data.validates ? graft::fit(model, data.train, data.valid, options, tell)
                                 : graft::fit(model, data.train, options, tell);
    end.users = model.users().weights();
    end.items = model.items().weights();
    end.mean = model.mean();
    return end;
}
template <class Model>
Model start() {
    return Model(num_users, num_items, 5, {.seed = 3});
}

/// A run that is broken off again and again ends as one that is not, and as one without checkpoints.
template <class Model, class Options>
void check_goes_on(const world& data, Options options) {
    auto plain = start<Model>();
    const auto expected = fit_one(plain, data, options);

    const free_place whole("whole");
    options.checkpoint = {whole.path, 2};
    auto model = start<Model>();
    check_same(fit_one(model, data, options), expected);

    const free_place broken("broken");
    options.checkpoint = {broken.path, 1 + options.seed % 2};
    struct power_cut : std::runtime_error {
        using std::runtime_error::runtime_error;
    };
    graft::random_engine random(options.seed);
    std::optional<ended<typename Model::scalar>> end;
    int cuts = 0;
    while (!end) {
        // Its weights do not matter once there is a checkpoint.
        const Model other(num_users, num_items, 5, {.seed = random()});
        auto again = fs::exists(broken.path) ? other : start<Model>();
        options.threads = 1 + random() % 3;
        auto calls_left = cuts == 0 ? 0 : 1 + random() % 6;
        try {
            end = fit_one(again, data, options, [&](const graft::progress&) {
                if (calls_left-- == 0) throw power_cut("");
            });
        } catch (const power_cut&) { ++cuts; }
    }
    CHECK(cuts > 0);
    check_same(*end, expected);
}

template <class Optimizer, class Loss = graft::squared_error>
graft::fit_options<Optimizer, Loss> usual(std::uint64_t seed) {
    graft::fit_options<Optimizer, Loss> options{.epochs = 5, .batch_size = 8, .optimizer = {.lr = 0.02}};
    options.seed = seed;
    if constexpr (graft::group_loss<Loss>) options.negatives.per_positive = 2;
    return options;
}

template <class Optimizer>
void check_optimizer() {
    check_goes_on<biased>(sparse_world(false, false), usual<Optimizer>(1));
    check_goes_on<test::recommender<double>>(sparse_world(true, false), usual<Optimizer>(2));
    auto options = usual<Optimizer>(3);
    options.l2 = 0.01;
    options.row_l2 = 0.5;
    options.schedule = graft::cosine_decay{};
    options.users_frozen_for = 2;
    options.items_frozen_for = 3;
    options.shuffle = false;
    check_goes_on<dots>(sparse_world(false, false), options);
}

template <class Loss>
void check_loss() {
    const auto data = sparse_world(true, true);
    auto options = usual<graft::adam, Loss>(4);
    options.negatives = {.per_positive = 3, .popularity_power = 0.5};
    options.values_are_weights = true;
    check_goes_on<biased>(data, options);
}

/// A short run whose checkpoint is a small file.
struct short_run {
    graft::interactions data =
        graft::interactions_builder().add("ann", "tea", 1).add("bob", "jam", 2).add("ann", "pie", 3).build();
    graft::fit_options<> options{.epochs = 2, .batch_size = 2};
    biased model{2, 3, 2};
    explicit short_run(const fs::path& path) {
        options.checkpoint = path;
        graft::fit(model, data, options);
    }
};

} // namespace

TEST_CASE("a run that is broken off goes on to the bits of one that is not: adam") {
    check_optimizer<graft::adam>();
}
TEST_CASE("a run that is broken off goes on to the bits of one that is not: adamw") {
    check_optimizer<graft::adamw>();
}
TEST_CASE("a run that is broken off goes on to the bits of one that is not: sparse_adam") {
    check_optimizer<graft::sparse_adam>();
}
TEST_CASE("a run that is broken off goes on to the bits of one that is not: sgd") {
    check_optimizer<graft::sgd>();
}
TEST_CASE("a run that is broken off goes on to the bits of one that is not: losses with negatives") {
    check_loss<graft::squared_error>();
    check_loss<graft::logistic>();
    check_loss<graft::bpr>();
    check_loss<graft::softmax>();
}

TEST_CASE("rules of tables and rows hold on, and what is frozen for good stays so") {
    const auto data = sparse_world(false, false);
    auto options = usual<graft::adamw>(5);
    options.items.lr_factor = 0;
    options.users.row_lr_factors.assign(num_users, 1.0F);
    for (std::size_t r = 0; r < num_users; r += 3) options.users.row_lr_factors[r] = 0.0F;
    options.users.anchor.setConstant(num_users, 5, 0.5F);
    options.users.l2 = 0.02;
    check_goes_on<dots>(data, options);
    auto fractions = usual<graft::adam>(6);
    fractions.users.lr_factor = 0.5;
    fractions.users_frozen_for = 3;
    check_goes_on<biased>(data, fractions);
}

TEST_CASE("early stopping goes on with its patience, and ends with the best epoch's weights") {
    const auto data = sparse_world(true, false);
    auto options = usual<graft::adam>(7);
    options.epochs = 60;
    options.batch_size = 32;
    options.optimizer.lr = 0.1;
    options.patience = 2;
    auto model = start<dots>();
    const auto end = fit_one(model, data, options);
    REQUIRE(end.history.stopped_early);
    check_goes_on<dots>(data, options);
    options.keep_best = false;
    check_goes_on<dots>(data, options);
}

TEST_CASE("a monitor decides as before") {
    auto data = sparse_world(false, false);
    for (const bool higher_is_better : {true, false}) {
        auto options = usual<graft::adam>(8);
        options.patience = 2;
        auto model = start<dots>();
        // A figure of the epoch alone, so that it is the same whichever model is trained.
        std::size_t epoch = 0;
        options.monitor = {.name = "a \"figure\"", .value = [&] { return epoch == 2 ? 1.0 : 0.5; }};
        options.monitor.higher_is_better = higher_is_better;
        options.schedule = [&](std::size_t now, std::size_t) {
            epoch = now;
            return 1.0;
        };
        check_goes_on<dots>(data, options);
    }
}

TEST_CASE("a callback that reads the model changes digits, but the same ones") {
    const auto data = sparse_world(false, false);
    const auto options = usual<graft::adam>(9);
    const auto run = [&](const graft::fit_options<>& how, std::size_t end_after) {
        auto model = start<dots>();
        return fit_one(model, data, how, [&](const graft::progress& now) {
            static_cast<void>(model.users().row(0));
            return now.finished == nullptr || now.epoch != end_after;
        });
    };
    const auto expected = run(options, 0);
    const free_place place("reading");
    auto kept = options;
    kept.checkpoint = {place.path, 5};
    for (std::size_t epoch = 1; epoch < options.epochs; ++epoch) {
        const auto part = run(kept, epoch); // which is kept, whatever `every` says
        CHECK(part.history.stopped_by_callback);
        CHECK(part.history.epochs.size() == epoch);
    }
    check_same(run(kept, 0), expected);
}

TEST_CASE("a run that is over is recognised, and more epochs go on") {
    const auto data = sparse_world(true, false);
    auto options = usual<graft::adam>(10);
    const free_place place("over");
    options.checkpoint = {place.path, 100};
    auto first = start<biased>();
    const auto end = fit_one(first, data, options);
    const auto content = test::content_of(place.path);

    auto again = start<biased>();
    bool called = false;
    check_same(fit_one(again, data, options, [&](const graft::progress&) { called = true; }), end);
    CHECK_FALSE(called);
    CHECK(again.shared_user_ids() == data.train.shared_user_ids());
    CHECK(test::content_of(place.path) == content);
    CHECK(fit_one(again, data, options).history.epochs[1].seconds == end.history.epochs[1].seconds);

    options.epochs = 7;
    auto straight = start<biased>();
    auto plain = options;
    plain.checkpoint = {};
    check_same(fit_one(first, data, options), fit_one(straight, data, plain));
    options.epochs = 6;
    CHECK(test::failure([&] { fit_one(first, data, options); }) ==
          "fit: the run of " + place.path.string() +
              " has done 7 epochs, and this call's options say 6; give at least as many, or another path");
}

TEST_CASE("a checkpoint of another run is refused with what differs, and nothing changes") {
    const free_place place("other");
    const short_run done(place.path);
    const auto content = test::content_of(place.path);
    const auto check = [&](const char* what, auto&& change) {
        auto options = done.options;
        auto data = done.data;
        biased model(2, 3, 2, {.seed = 9});
        change(options, data, model);
        const auto users = model.users().weights();
        const auto items = model.items().weights();
        const auto has_mean = model.has_mean();
        const auto said = test::failure([&] { graft::fit(model, data, options); });
        INFO(said);
        CHECK(said.find(place.path.string()) != std::string::npos);
        CHECK(said.find(what) != std::string::npos);
        CHECK(said.find("another path") != std::string::npos);
        CHECK(model.users().weights() == users);
        CHECK(model.items().weights() == items);
        CHECK(model.has_mean() == has_mean);
        CHECK(model.shared_user_ids() == nullptr);
        CHECK(test::content_of(place.path) == content);
    };
    using options_type = graft::fit_options<>;
    using data_type = graft::interactions;
    const auto check_option = [&](const char* what, auto&& change) {
        check(what, [&](options_type& options, data_type&, biased&) { change(options); });
    };
    check_option("its lr: 0.001; of this call: 0.002; call fit as that run did, or give another path",
                 [](auto& o) { o.optimizer.lr = 0.002; });
    check_option("beta1", [](auto& o) { o.optimizer.beta1 = 0.5; });
    check_option("beta2", [](auto& o) { o.optimizer.beta2 = 0.5; });
    check_option("eps", [](auto& o) { o.optimizer.eps = 1e-7; });
    check_option("batch_size", [](auto& o) { o.batch_size = 3; });
    check_option("its l2", [](auto& o) { o.l2 = 0.1; });
    check_option("row_l2", [](auto& o) { o.row_l2 = 0.1; });
    check_option("values_are_weights", [](auto& o) { o.values_are_weights = true; });
    check_option("keep_best", [](auto& o) { o.keep_best = false; });
    check_option("shuffle", [](auto& o) { o.shuffle = false; });
    check_option("seed", [](auto& o) { o.seed = 1; });
    check_option("users_frozen_for", [](auto& o) { o.users_frozen_for = 1; });
    check_option("items_frozen_for", [](auto& o) { o.items_frozen_for = 1; });
    check_option("rules of users", [](auto& o) { o.users.lr_factor = 0.5; });
    check_option("rules of items: none; of this call: some of fingerprint",
                 [](auto& o) { o.items.l2 = 0.5; });
    check_option("had the learning rate 0.001 in epoch 2, and this call has 0.0001",
                 [](auto& o) { o.schedule = graft::step_decay{}; });
    check_option("has done 2 epochs, and this call's options say 1", [](auto& o) { o.epochs = 1; });
    check_option("monitor: none; of this call: x", [](auto& o) {
        o.monitor = {"x", [] { return 1.0; }};
        o.patience = 0;
    });
    check("training data: 3 interactions of fingerprint", [](options_type&, data_type& data, biased&) {
        data = graft::interactions_builder()
                   .add("ann", "tea", 1)
                   .add("bob", "jam", 3)
                   .add("ann", "pie", 2)
                   .build();
    });
    check("user ids: 2 of fingerprint", [](options_type&, data_type& data, biased&) {
        data = graft::interactions_builder()
                   .add("ann", "tea", 1)
                   .add("bo", "jam", 2)
                   .add("ann", "pie", 3)
                   .build();
    });
    check("item ids: 3 of fingerprint", [](options_type&, data_type& data, biased&) {
        data = graft::interactions_builder()
                   .add("ann", "tea", 1)
                   .add("bob", "jam", 2)
                   .add("ann", "nut", 3)
                   .build();
    });
    check("users of the model: 2; of this call: 4",
          [](options_type&, data_type&, biased& model) { model = biased(4, 3, 2); });
    check("items of the model", [](options_type&, data_type&, biased& model) { model = biased(2, 4, 2); });
    check("dim: 2; of this call: 3",
          [](options_type&, data_type&, biased& model) { model = biased(2, 3, 3); });
    check("mean of the model: 2; of this call: 1.5",
          [](options_type&, data_type&, biased& model) { model.set_mean(1.5F); });

    const auto refused = [&](auto model, auto options) {
        return test::failure([&] { graft::fit(model, done.data, options); });
    };
    CHECK(refused(dots(2, 3, 2), done.options).find("scorer: biased; of this call: dot") !=
          std::string::npos);
    CHECK(refused(test::recommender<double, Eigen::Dynamic, graft::biased>(2, 3, 2), done.options)
              .find("scalar: float; of this call: double") != std::string::npos);
    graft::fit_options<graft::sgd> descent{.epochs = 2, .batch_size = 2};
    descent.checkpoint = place.path;
    CHECK(refused(biased(2, 3, 2), descent).find("optimizer: adam; of this call: sgd") != std::string::npos);
    graft::fit_options<graft::adam, graft::bpr> ranking{.epochs = 2, .batch_size = 2};
    ranking.negatives.per_positive = 1;
    ranking.checkpoint = place.path;
    const auto of_ranking = refused(biased(2, 3, 2), ranking);
    CHECK(of_ranking.find("another run: its ") != std::string::npos);
    CHECK(test::failure([&] {
              biased model(2, 3, 2);
              graft::fit(model, done.data, done.data, done.options);
          }).find("validation data: none; of this call: 3 interactions") != std::string::npos);
    CHECK(test::content_of(place.path) == content);
}

TEST_CASE("a checkpoint says of which backend it is, and one of another version is refused") {
    const free_place place("backend");
    const short_run done(place.path);
    auto content = test::content_of(place.path);
    const std::string key = R"("backend":")";
    const auto at = content.find(key) + key.size();
    REQUIRE(content.substr(at, 3) == std::string(test::backend::name).substr(0, 3));
    CHECK(content.find(R"("format":"graft checkpoint","version":"1")") != std::string::npos);
    content[content.find(R"("version":"1")") + 11] = '2';
    std::ofstream(place.path, std::ios::binary) << content;
    biased model(2, 3, 2);
    const auto said = test::failure([&] { graft::fit(model, done.data, done.options); });
    INFO(said);
    CHECK(said.find("the checkpoint has the version '2' and this graft reads '1'") != std::string::npos);
}

TEST_CASE("a checkpoint that is cut off or changed anywhere is refused") {
    const free_place place("damaged");
    const short_run done(place.path);
    const auto content = test::content_of(place.path);
    const auto check = [&](const std::string& bytes, const char* what) {
        std::ofstream(place.path, std::ios::binary) << bytes;
        biased model(2, 3, 2, {.seed = 9});
        const auto users = model.users().weights();
        const auto said = test::failure([&] { graft::fit(model, done.data, done.options); });
        INFO(said);
        CHECK_FALSE(said.empty());
        CHECK(said.find(what) != std::string::npos);
        CHECK(model.users().weights() == users);
        CHECK_FALSE(model.has_mean());
        CHECK(test::content_of(place.path) == bytes);
    };
    for (std::size_t size = 0; size < content.size(); size += size < 20 ? 1 : 7)
        check(content.substr(0, size), "");
    for (std::size_t at = 0; at < content.size(); at += 3) {
        auto changed = content;
        changed[at] = static_cast<char>(changed[at] ^ (1 << at % 8));
        check(changed, "");
    }
    check(content + "x", "1 bytes follow the last tensor");
    check("", "this is no checkpoint of fit; give another path");
    check("ratings: 1, 2, 3", "this is no checkpoint of fit; give another path");
    const test::temporary_file model_file("checkpoint_model");
    graft::save(done.model, model_file.path);
    check(test::content_of(model_file.path), "this is no checkpoint of fit; give another path");

    std::ofstream(place.path, std::ios::binary) << content;
    CHECK(
        test::failure([&] {
            static_cast<void>(graft::load<biased>(place.path));
        }).find("this is a checkpoint of fit, which is no model yet; call fit with it, and save the model") !=
        std::string::npos);
}

TEST_CASE("what cannot be a checkpoint is said before the training") {
    const free_place place("early");
    const short_run done(place.path);
    biased model(2, 3, 2);
    auto options = done.options;
    options.checkpoint = {place.path, 0};
    CHECK(test::failure([&] { graft::fit(model, done.data, options); }) ==
          "fit: the checkpoint's every must be at least 1");
    options.checkpoint = fs::temp_directory_path() / "no" / "such" / "folder";
    CHECK_THROWS_AS(graft::fit(model, done.data, options), graft::io_error);
    options.checkpoint = fs::temp_directory_path();
    CHECK_THROWS_AS(graft::fit(model, done.data, options), graft::io_error);
    CHECK_FALSE(model.has_mean());

    graft::fit_options<nameless> unknown{.epochs = 1};
    graft::fit(model, done.data, unknown);
    unknown.checkpoint = place.path;
    CHECK(test::failure([&] { graft::fit(model, done.data, unknown); }) ==
          "fit: a checkpoint has to know the optimizer again; give its type a static constexpr const char* "
          "name, "
          "and each_setting as graft::adam has it");
}

TEST_CASE("an empty path is no checkpoint, and paths come as all that is a path") {
    CHECK_FALSE(graft::checkpoint{});
    CHECK_FALSE(graft::checkpoint(""));
    CHECK(graft::checkpoint{}.open() == nullptr);
    const graft::checkpoint one = {"run", 5};
    CHECK(one);
    CHECK(one.path() == "run");
    CHECK(one.every() == 5);
    CHECK(graft::checkpoint(std::string("run")).every() == 1);
    CHECK(graft::checkpoint(fs::path("run")).path() == "run");
}

#if defined(GRAFT_TEST_HAS_FORK) && !defined(GRAFT_TEST_SYSTEM)
// Clang 14's ThreadSanitizer knows no thread of before a fork.
#if defined(__SANITIZE_THREAD__)
#define GRAFT_TEST_SKIPS_KILLS true
#elif defined(__has_feature)
#define GRAFT_TEST_SKIPS_KILLS __has_feature(thread_sanitizer)
#else
#define GRAFT_TEST_SKIPS_KILLS false
#endif

namespace {

/// Kills runs at random moments and starts them again, until so many were killed. Returns how many runs came to
/// their end.
template <class Optimizer, class Loss>
int check_kills(const fs::path& folder, int kills, graft::random_engine& random) {
    const auto data = sparse_world(random() % 2 == 0, true);
    auto options = usual<Optimizer, Loss>(random() % 100);
    options.epochs = 8;
    if (random() % 2 == 0) options.schedule = graft::exponential_decay{};
    if (data.validates && random() % 2 == 0) options.patience = 2;
    auto model = start<biased>();
    const auto expected = fit_one(model, data, options);
    const auto place = folder / "run.checkpoint";
    const auto model_place = folder / "model.safetensors";
    options.checkpoint = {place, 1 + random() % 2};

    using clock = std::chrono::steady_clock;
    double whole = 0; // microseconds that the first run took, which is not killed
    int ends = 0;
    for (int killed = 0;;) {
        options.threads = 1 + random() % 3;
        const auto began = clock::now();
        const ::pid_t child = ::fork();
        REQUIRE(child >= 0);
        if (child == 0) {
            ::alarm(60);
            try {
                auto own = start<biased>();
                const auto history = fit_one(own, data, options).history;
                if (history.best_epoch != expected.history.best_epoch ||
                    history.stopped_early != expected.history.stopped_early ||
                    history.epochs.size() != expected.history.epochs.size())
                    ::_exit(2);
                for (std::size_t e = 0; e < history.epochs.size(); ++e)
                    if (history.epochs[e].train_loss != expected.history.epochs[e].train_loss ||
                        history.epochs[e].valid_loss != expected.history.epochs[e].valid_loss)
                        ::_exit(3);
                graft::save(own, model_place);
                ::_exit(0);
            } catch (const std::exception& thrown) {
                std::fprintf(stderr, "%s\n", thrown.what());
                ::_exit(1);
            }
        }
        if (whole > 0 && killed < kills) {
            const double moment = whole * static_cast<double>(random() >> 11U) * 0x1p-53;
            std::this_thread::sleep_for(std::chrono::duration<double, std::micro>(moment));
            ::kill(child, SIGKILL);
        }
        int status = 0;
        REQUIRE(::waitpid(child, &status, 0) == child);
        if (WIFSIGNALED(status)) {
            ++killed;
            continue;
        }
        REQUIRE(WIFEXITED(status));
        REQUIRE(WEXITSTATUS(status) == 0);
        if (whole == 0) whole = std::chrono::duration<double, std::micro>(clock::now() - began).count();
        const auto found = graft::load<biased>(model_place);
        CHECK(found.users().weights() == expected.users);
        CHECK(found.items().weights() == expected.items);
        CHECK(found.mean() == expected.mean);
        fs::remove(place);
        fs::remove(model_place);
        ++ends;
        if (killed >= kills) return ends;
    }
}

} // namespace

TEST_CASE("a run that is killed at any moment goes on to the bits of one that is not" *
          doctest::skip(GRAFT_TEST_SKIPS_KILLS)) {
    const auto* const wish = std::getenv("GRAFT_TEST_KILLS"); // more of them: GRAFT_TEST_KILLS=10000
    const int kills = wish == nullptr ? 12 : std::atoi(wish);
    const auto folder = (fs::is_directory("/dev/shm") ? fs::path("/dev/shm") : fs::temp_directory_path()) /
                        ("graft_test_run_kills_" + std::to_string(::getpid()));
    fs::create_directory(folder);
    graft::random_engine random(11);
    int ends = 0;
    for (int left = kills; left > 0; left -= 40) {
        const int share = (std::min)(left, 40) / 4 + 1;
        ends += check_kills<graft::adam, graft::squared_error>(folder, share, random);
        ends += check_kills<graft::adamw, graft::bpr>(folder, share, random);
        ends += check_kills<graft::sparse_adam, graft::logistic>(folder, share, random);
        ends += check_kills<graft::sgd, graft::softmax>(folder, share, random);
    }
    MESSAGE("at least " << kills << " kills, " << ends << " runs to the end");
    std::size_t files =
        0; // those that were killed may have left unfinished ones, which the next writer removes
    for (const auto& entry : fs::directory_iterator(folder)) files += entry.exists() ? 1 : 0;
    CHECK(files <= 2);
    fs::remove_all(folder);
}
#endif
