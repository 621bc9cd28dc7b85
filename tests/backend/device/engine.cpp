// Runs of the device against those of the CPU.
#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <type_traits>
#include <vector>

#include <doctest/doctest.h>

#include <graft/model/recommender.hpp>
#include <graft/optim/adamw.hpp>
#include <graft/optim/sgd.hpp>
#include <graft/optim/sparse_adam.hpp>
#include <graft/train/fit.hpp>
#include <graft/train/trainer.hpp>

#include <support/backend.hpp>
#include <support/larger.hpp>
#include <support/small_world.hpp>

namespace {

using graft::cpu;
using device = test::backend;
using test::same_bits;

template <class Backend, class Scalar>
using biased_model = graft::recommender<Scalar, Eigen::Dynamic, Backend, graft::biased>;

/// Uneven on purpose: a few rows are in every batch several times, most sleep for hundreds of steps.
const auto& world() {
    static const auto data = [] {
        const auto even = small_world(2000, 600, 20000);
        std::vector<graft::user_id> users(even.users().begin(), even.users().end());
        std::vector<graft::item_id> items(even.items().begin(), even.items().end());
        const std::vector<float> values(even.values().begin(), even.values().end());
        for (std::size_t k = 0; k < users.size(); k += 3) users[k] = static_cast<graft::user_id>(k % 7);
        for (std::size_t k = 0; k < items.size(); k += 2) items[k] = static_cast<graft::item_id>(k % 11);
        return graft::interactions::from_rows(users, items, values, 2000, 600);
    }();
    return data;
}

template <class Backend, class Scalar, class Optimizer>
auto train(const Optimizer& optimizer, std::size_t epochs = 3) {
    biased_model<Backend, Scalar> model(2000, 600, 21, {.seed = 3});
    graft::fit_options<Optimizer> options{
        .epochs = epochs, .batch_size = 96, .optimizer = optimizer, .l2 = 0.01, .row_l2 = 0};
    options.users.row_lr_factors.assign(2000, 1.0F);
    for (std::size_t r = 0; r < 2000; r += 5) options.users.row_lr_factors[r] = 0; // frozen
    options.items.anchor.setConstant(600, 21, 0.05F);
    const auto history = graft::fit(model, world(), options);
    return std::pair(std::move(model), history);
}

/// Largest distance of two models' weights, as a part of the largest weight; NaN if a weight is.
template <class A, class B>
double distance(const A& a, const B& b) {
    double far = 0;
    const auto compare = [&far](const auto& x, const auto& y) {
        const auto one = x.weights();
        const auto two = y.weights();
        double largest = 0;
        double worst = 0;
        for (std::size_t i = 0; i < one.size(); ++i) {
            worst = larger(worst, std::abs(static_cast<double>(one[i]) - static_cast<double>(two[i])));
            largest = larger(largest, std::abs(static_cast<double>(one[i])));
        }
        far = larger(far, worst / largest);
    };
    compare(a.users(), b.users());
    compare(a.items(), b.items());
    return far;
}

template <class Optimizer>
void compare(const std::string& name, const Optimizer& optimizer) {
    const auto exact = train<cpu, double>(optimizer).first;
    const auto ours = train<device, double>(optimizer).first;
    const double apart = distance(exact, ours);
    CHECK(apart < 1e-11);

    // In float another order of the sums is other rounding. Two runs that round independently of each other
    // part by about sqrt(2) times what one strays from the exact run.
    const auto cpu_float = train<cpu, float>(optimizer).first;
    const auto device_float = train<device, float>(optimizer).first;
    const double cpu_strays = distance(exact, cpu_float);
    const double device_strays = distance(exact, device_float);
    const double parted = distance(cpu_float, device_float);
    MESSAGE(std::string(device::name)
            << ", " << name << ": double runs of CPU and device part by " << apart << ", float runs by "
            << parted << "; from the double run the CPU's float strays by " << cpu_strays
            << ", the device's by " << device_strays);
    CHECK(device_strays <= 2 * cpu_strays);
    CHECK(parted <= 1.5 * cpu_strays);
}

struct drawn {
    std::vector<graft::user_id> users;
    std::vector<graft::item_id> items;
    std::vector<float> targets;
};

/// Of 300 users and 200 items.
drawn draw(std::size_t count, std::uint64_t seed) {
    graft::random_engine engine(seed);
    drawn all;
    for (std::size_t k = 0; k < count; ++k) {
        all.users.push_back(static_cast<graft::user_id>(graft::draw_below(engine, 300)));
        all.items.push_back(static_cast<graft::item_id>(graft::draw_below(engine, 200)));
        all.targets.push_back(static_cast<float>(graft::draw_below(engine, 5)));
    }
    return all;
}

} // namespace

TEST_CASE("a device's run is the CPU's but for the order of sums") {
    compare("adam", graft::adam{.lr = 1e-2});
    compare("adamw", graft::adamw{.lr = 1e-2, .weight_decay = 0.1});
    compare("sparse_adam", graft::sparse_adam{.lr = 1e-2});
    compare("sgd", graft::sgd{.lr = 0.1});
}

TEST_CASE("losses are the CPU's") {
    const auto ours = train<device, double>(graft::adam{.lr = 1e-2}).second;
    const auto theirs = train<cpu, double>(graft::adam{.lr = 1e-2}).second;
    for (std::size_t e = 0; e < 3; ++e)
        CHECK(ours.epochs[e].train_loss == doctest::Approx(theirs.epochs[e].train_loss).epsilon(1e-12));
}

TEST_CASE("losses of large batches are the CPU's") {
    const drawn data = draw(7000, 5);
    const auto run = [&](auto model) {
        std::vector<double> losses(3); // of 3000, 3000 and 1000
        graft::trainer trainer(model);
        trainer.train(data.users, data.items, data.targets, 3000, losses);
        return losses;
    };
    const auto ours = run(graft::recommender<double, Eigen::Dynamic, device>(300, 200, 6));
    const auto theirs = run(graft::recommender<double, Eigen::Dynamic, cpu>(300, 200, 6));
    for (std::size_t step = 0; step < 3; ++step)
        CHECK(ours[step] == doctest::Approx(theirs[step]).epsilon(1e-12));
}

TEST_CASE("a device gives the same bits however many threads it has") {
    CHECK(distance(train<device, float>(graft::adam{}).first, train<same_bits, float>(graft::adam{}).first) ==
          0);
}

TEST_CASE("steps of several groups end where single steps do, in one call or in many") {
    constexpr std::size_t count = (std::size_t{1} << 17U) + 1234; // over two groups and a short last batch
    const drawn data = draw(count, 8);
    const auto& users = data.users;
    const auto& items = data.items;
    const auto& targets = data.targets;
    constexpr std::size_t batch = 1000;
    constexpr std::size_t steps = (count + batch - 1) / batch;
    using model_type = test::recommender<float>;
    model_type at_once(300, 200, 6);
    auto one_by_one = at_once;
    std::vector<double> losses(steps);
    {
        graft::trainer trainer(at_once);
        CHECK_FALSE(trainer.train(users, items, targets, batch, losses));
    }
    {
        graft::trainer trainer(one_by_one);
        for (std::size_t s = 0; s < steps; ++s) {
            const std::size_t size = std::min(batch, count - s * batch);
            const auto part = [&](const auto& all) { return std::span(all).subspan(s * batch, size); };
            CHECK(trainer.step(part(users), part(items), part(targets)) == losses[s]);
        }
    }
    CHECK(distance(at_once, one_by_one) == 0);
}

TEST_CASE("a loss that is not finite ends a run of several groups where it is met") {
    constexpr std::size_t count = std::size_t{1} << 17U;
    constexpr std::size_t batch = 1000;
    constexpr std::size_t bad = 70'123; // in the second group of steps
    drawn data = draw(count, 9);
    auto& users = data.users;
    auto& items = data.items;
    const auto& targets = data.targets;
    users[bad] = graft::user_id{300};
    items[bad] = graft::item_id{200};
    const auto run = [&](auto model) {
        model.users().set_row(300, Eigen::VectorXd::Constant(6, 1e200)); // their product overflows
        model.items().set_row(200, Eigen::VectorXd::Constant(6, 1e200));
        graft::trainer trainer(model);
        std::vector<double> losses((count + batch - 1) / batch, -1);
        const auto where = trainer.train(users, items, targets, batch, losses);
        REQUIRE(where);
        for (std::size_t step = 0; step < losses.size(); ++step)
            CHECK((losses[step] >= 0) == (step < bad / batch)); // those of later steps are left as they were
        CHECK(where->place == bad);
        CHECK(where->step == bad / batch + 1);
        const auto first = [](const auto& all) { return std::span(all).first(5); };
        trainer.step(first(users), first(items), first(targets)); // it can go on
        trainer.settle();
        std::vector<Eigen::VectorXd> rows;
        for (std::size_t r = 0; r < 301; ++r) rows.push_back(model.users().row(r));
        for (std::size_t r = 0; r < 200; ++r) rows.push_back(model.items().row(r));
        return rows;
    };
    const auto ours = run(graft::recommender<double, Eigen::Dynamic, device>(301, 201, 6));
    const auto theirs = run(graft::recommender<double, Eigen::Dynamic, cpu>(301, 201, 6));
    // In the step that ends a run the CPU has moved the items that met one user of its batch.
    std::vector<std::size_t> met(301 + 201, 0);
    for (std::size_t k = bad / batch * batch; k < (bad / batch + 1) * batch; ++k)
        ++met[301 + graft::row_of(items[k])];
    for (std::size_t r = 0; r < ours.size(); ++r) {
        INFO("row " << r);
        if (met[r] != 1) CHECK((ours[r] - theirs[r]).norm() <= 1e-10 * theirs[r].norm());
    }
    CHECK(std::count(met.begin(), met.end(), std::size_t{1}) < 50);
}
