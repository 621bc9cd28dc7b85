// What becomes of a model whose device fails, at any of the calls that are made of it, Thrust's among them.
#include <cmath>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <graft/backend/device/device_backend.hpp>
#include <graft/backend/device/host_system.hpp>
#include <graft/backend/device/system.hpp>
#include <graft/eval/metrics.hpp>
#include <graft/model/recommender.hpp>
#include <graft/optim/adamw.hpp>
#include <graft/optim/sgd.hpp>
#include <graft/serve/recommend.hpp>
#include <graft/train/fit.hpp>
#include <graft/train/trainer.hpp>
#include <graft/transfer/adapter.hpp>
#include <graft/transfer/row_vectors.hpp>

#include <support/failing_system.hpp>
#include <support/small_world.hpp>

namespace {

using test::failing_system;

struct without_event : graft::cpp_system {
    using event = void;
};
struct without_staging : graft::cpp_system {
    struct staging {};
};
struct without_check : graft::cpp_system {
    static void check() = delete;
};
static_assert(graft::device_system<graft::cpp_system>);
static_assert(graft::device_system<failing_system>);
static_assert(!graft::device_system<without_event>);
static_assert(!graft::device_system<without_staging>);
static_assert(!graft::device_system<without_check>);

using failing = graft::device_backend<failing_system>;
using model_type = graft::recommender<float, Eigen::Dynamic, failing>;
using weights = std::vector<float>;

const std::vector<graft::user_id> users{graft::user_id{0}, graft::user_id{2}};
const std::vector<graft::item_id> items{graft::item_id{1}, graft::item_id{3}};
const std::vector<float> targets{4, 1};
const char* const unsettled =
    "embedding_table: this table's trainer ended, but could not settle it, so its rows are those of no step; "
    "make the table anew. The trainer's settle(), called before its end, says why";
const char* const failed = "cuda: copy: the device has failed";
const char* const thrust_failed = "a device that fails: Thrust: a sort: Input/output error";
const char* const in_a_step =
    "a device that fails: the device failed in the midst of a step, so the rows are those of "
    "no step; make the model anew";

void check_failed(const graft::error& e) {
    const bool known = std::string(e.what()) == failed || std::string(e.what()) == thrust_failed;
    CHECK_MESSAGE(known, e.what());
}

/// The weights of a model after some training, or nothing where they cannot be read.
std::optional<weights> read(const model_type& model) {
    try {
        weights all = model.users().weights();
        for (const float w : model.items().weights()) all.push_back(w);
        return all;
    } catch (const graft::error& e) {
        const bool known = std::string(e.what()) == unsettled || std::string(e.what()) == failed;
        CHECK_MESSAGE(known, e.what());
        return std::nullopt;
    }
}

/// Whether run() ends with an error where a call is refused, or that and all that follow.
template <class Run>
bool fails_at(std::size_t bad, bool for_good, const Run& run) {
    failing_system::fail(bad, for_good ? failing_system::never : bad);
    bool threw = false;
    try {
        run();
    } catch (const graft::error& e) {
        threw = true;
        check_failed(e);
    }
    failing_system::work(); // whatever is read now was there all the time
    return threw;
}

template <class Optimizer>
void fail_everywhere(const Optimizer& optimizer) {
    failing_system::work();
    const auto data = small_world(30, 20, 200);
    const model_type start(30, 20, 3, {.seed = 5});
    const auto before = read(start);
    const auto train = [&](model_type& model, std::size_t epochs = 2) {
        graft::fit(model, data,
                   graft::fit_options<Optimizer>{.epochs = epochs, .batch_size = 50, .optimizer = optimizer});
    };
    model_type half = start;
    train(half, 1);
    const auto between = read(half);
    model_type whole = start;
    failing_system::work(); // counts from here
    train(whole);
    const std::size_t calls = failing_system::calls;
    const auto after = read(whole);
    REQUIRE(after);
    REQUIRE(calls > 50);
    REQUIRE(failing_system::scratch::used > 0);

    std::size_t unchanged = 0;
    std::size_t lost = 0;
    for (const bool for_good : {false, true})
        for (std::size_t bad = 0; bad < calls; ++bad) {
            INFO("call " << bad << " of " << calls << (for_good ? " and all that follow" : ""));
            failing_system::work();
            model_type model = start;
            const bool threw = fails_at(bad, for_good, [&] { train(model); });
            const auto now = read(model);
            if (!threw) CHECK(now == after); // what failed was not needed
            if (threw && now) CHECK((now == before || now == between || now == after));
            unchanged += now == before;
            lost += !now;
            if (now) { // nothing of the failure is left in it
                model_type copy = model;
                for (auto* m : {&model, &copy}) train(*m, 1);
                CHECK(read(model) == read(copy));
            }
            model = start; // a table made anew is as good as any
            train(model);
            CHECK(read(model) == after);
        }
    CHECK(unchanged > 0);
    CHECK(lost > 0);
}

} // namespace

TEST_CASE("a trainer whose device fails ends in peace, and its model says that it was not settled") {
    failing_system::work();
    model_type model(4, 5, 2);
    const model_type start = model;
    {
        graft::trainer trainer(model);
        trainer.step(users, items, targets);
        failing_system::fail(0, failing_system::never);
        CHECK_THROWS_WITH_AS(trainer.settle(), failed, graft::error);
    }
    failing_system::work();
    CHECK_THROWS_WITH_AS((void)model.users().row(0), unsettled, graft::error);
    CHECK_THROWS_WITH_AS((void)model.items().weights(), unsettled, graft::error);
    CHECK_THROWS_WITH_AS((void)model.score(graft::user_id{0}, graft::item_id{0}), unsettled, graft::error);
    CHECK_THROWS_WITH_AS((void)graft::trainer(model), unsettled, graft::error);
    const auto moved = std::move(model);
    CHECK_THROWS_WITH_AS((void)moved.users().row(0), unsettled, graft::error);
    model = start;
    CHECK(model.users().weights() == start.users().weights());
}

TEST_CASE("a device that fails before a step leaves the model as it was, in a step for good") {
    failing_system::work();
    model_type model(4, 5, 2);
    auto undisturbed = model;
    graft::trainer other(undisturbed);
    graft::trainer trainer(model);
    for (auto* t : {&trainer, &other}) t->step(users, items, targets);
    failing_system::fail(2, 2); // the first group of steps is being sent
    CHECK_THROWS_WITH_AS(trainer.step(users, items, targets), failed, graft::error);
    failing_system::work();
    for (auto* t : {&trainer, &other}) t->step(users, items, targets);
    for (auto* t : {&trainer, &other}) t->settle();
    CHECK(model.users().weights() == undisturbed.users().weights());

    failing_system::work();
    other.step(users, items, targets);
    failing_system::fail(failing_system::calls - 3, failing_system::never); // losses are asked for
    CHECK_THROWS_WITH_AS(trainer.step(users, items, targets), failed, graft::error);
    failing_system::work();
    CHECK_THROWS_WITH_AS(trainer.settle(), in_a_step, graft::error);
    CHECK_THROWS_WITH_AS(trainer.step(users, items, targets), in_a_step, graft::error);
}

TEST_CASE("rules that a device fails to take leave those that it had") {
    const graft::table_rules frozen{.lr_factor = 0};
    graft::table_rules drawn{.row_lr_factors = {0, 0, 0, 0, 0}, .row_l2 = {1, 1, 1, 1, 1}};
    drawn.anchor.setConstant(5, 2, 3.0F);
    const auto run = [&](std::size_t bad) {
        failing_system::work();
        model_type model(4, 5, 2);
        bool refused = false;
        {
            graft::trainer trainer(model, graft::adamw{.lr = 0.1}, {.users = frozen});
            for (int i = 0; i < 5; ++i) trainer.step(users, items, targets);
            failing_system::fail(bad, bad);
            try {
                trainer.set_rules({}, drawn);
            } catch (const graft::error&) { refused = true; }
            failing_system::work();
            for (int i = 0; i < 5; ++i) trainer.step(users, items, targets);
        }
        return std::pair(*read(model), refused);
    };
    const auto with_old = run(0).first; // not even settled
    const auto with_new = run(failing_system::never).first;
    const auto far = [](const weights& a, const weights& b) {
        double sum = 0;
        for (std::size_t i = 0; i < a.size(); ++i) sum += std::abs(static_cast<double>(a[i] - b[i]));
        return sum;
    };
    REQUIRE(far(with_old, with_new) > 0.1);
    std::size_t bad = 0;
    for (;; ++bad) {
        INFO("call " << bad);
        const auto [now, refused] = run(bad);
        CHECK(far(now, refused ? with_old : with_new) < 1e-4);
        if (!refused) break;
    }
    CHECK(bad > 15);
}

TEST_CASE("no call that a device refuses ends the program or leaves half a model") {
    fail_everywhere(graft::adam{});
    fail_everywhere(graft::adamw{});
    fail_everywhere(graft::sgd{});
}

TEST_CASE("an adapted run whose device fails ends with an error") {
    failing_system::work();
    const auto data = small_world(30, 20, 200);
    const model_type start(30, 20, 3, {.seed = 5});
    const auto before = read(start);
    graft::adapted_fit_options<> options;
    options.fit.epochs = 2;
    options.fit.batch_size = 50;
    options.refit_every = 1;
    graft::row_vectors vectors(20, 2);
    for (std::size_t i = 0; i < 20; ++i)
        vectors.set(i, Eigen::RowVector2d(static_cast<double>(i % 3), static_cast<double>(i % 5)));
    options.items.vectors = vectors;
    model_type whole = start;
    failing_system::work();
    graft::fit_adapted(whole, data, options);
    const std::size_t calls = failing_system::calls;
    REQUIRE(calls > 50);
    std::size_t unchanged = 0;
    for (const bool for_good : {false, true})
        for (std::size_t bad = 0; bad < calls; ++bad) {
            INFO("call " << bad << " of " << calls << (for_good ? " and all that follow" : ""));
            failing_system::work();
            model_type model = start;
            const bool threw = fails_at(bad, for_good, [&] { graft::fit_adapted(model, data, options); });
            const auto now = read(model); // or it says that it cannot be read
            unchanged += threw && now == before;
        }
    CHECK(unchanged > 0);
}

TEST_CASE("a question that a device refuses is an error, and can be asked again") {
    failing_system::work();
    const auto data = small_world(30, 200, 500);
    const model_type model(30, 200, 3, {.seed = 5});
    const auto ask = [&] {
        std::vector<double> answers{graft::evaluate(model, data).rmse};
        for (const auto& [item, score] : graft::recommend(model, graft::user_id{7}, 20))
            answers.push_back(static_cast<double>(score) + static_cast<double>(item));
        return answers;
    };
    const auto wanted = ask(); // the tables are on the device from here on
    failing_system::work();
    CHECK(ask() == wanted);
    const std::size_t calls = failing_system::calls;
    for (std::size_t bad = 0; bad < calls; ++bad) {
        INFO("call " << bad << " of " << calls);
        failing_system::fail(bad, bad);
        try {
            (void)ask();
            FAIL("the call was not refused");
        } catch (const graft::error& e) { check_failed(e); }
        failing_system::work();
        CHECK(ask() == wanted);
    }
}
