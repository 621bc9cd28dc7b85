// What is asked of a device against what the CPU answers.
#include <cstddef>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <graft/backend/backend.hpp>
#include <graft/backend/cpu/cpu.hpp>
#include <graft/backend/device/device_backend.hpp>
#include <graft/backend/device/host_system.hpp>
#include <graft/eval/metrics.hpp>
#include <graft/model/recommender.hpp>
#include <graft/serve/recommend.hpp>
#include <graft/train/trainer.hpp>

#include <support/backend.hpp>
#include <support/small_world.hpp>

namespace {

using graft::cpu;
using device = test::backend;
using test::same_bits;
static_assert(graft::backend<device>);

template <class Backend, class Scalar>
using biased_model = graft::recommender<Scalar, Eigen::Dynamic, Backend, graft::biased>;

} // namespace

TEST_CASE("evaluation is the CPU's but for the order of sums, and the same bits every time") {
    const auto data = small_world(2000, 600, 20000);
    const auto judge = [&](const auto& model) { return graft::evaluate(model, data, {.low = 1, .high = 5}); };
    const auto theirs = judge(biased_model<cpu, double>(2000, 600, 21, {.stddev = 1}));
    const auto ours = judge(biased_model<device, double>(2000, 600, 21, {.stddev = 1}));
    CHECK(ours.rmse == doctest::Approx(theirs.rmse).epsilon(1e-13));
    CHECK(ours.mae == doctest::Approx(theirs.mae).epsilon(1e-13));

    const auto first = judge(biased_model<device, float>(2000, 600, 21));
    for (const auto& again : {judge(biased_model<device, float>(2000, 600, 21)),
                              judge(biased_model<same_bits, float>(2000, 600, 21))}) {
        CHECK(again.rmse == first.rmse);
        CHECK(again.mae == first.mae);
    }
}

TEST_CASE("top K is the CPU's, and whether an item is wanted is asked of the best alone") {
    const auto recommend = [](auto model, std::size_t k, unsigned each) {
        model.users().set_weights(std::vector<double>(5 * 4, 2.0));
        std::vector<double> items(30'000 * std::size_t{4});
        for (std::size_t n = 0; n < items.size(); ++n)
            items[n] = static_cast<double>(n * n % 101); // many equal
        model.items().set_weights(items);
        std::size_t looks = 0;
        const auto found =
            graft::recommend(model, graft::user_id{4}, k, [&](graft::user_id, graft::item_id i) {
                return ++looks, graft::row_of(i) % each == 0;
            });
        std::vector<std::pair<graft::item_id, double>> pairs;
        for (const auto& [item, score] : found) pairs.emplace_back(item, score);
        return std::pair(pairs, looks);
    };
    using on_cpu = graft::recommender<double, Eigen::Dynamic, cpu>;
    using on_device = graft::recommender<double, Eigen::Dynamic, device>;
    for (const std::size_t k : {1U, 50U, 5000U})
        for (const unsigned each : {1U, 10U, 29'999U}) {
            const auto [ours, looks] = recommend(on_device(5, 30'000, 4), k, each);
            CHECK(ours == recommend(on_cpu(5, 30'000, 4), k, each).first);
            if (k == 50 && each == 10) CHECK(looks < 30'000 / 4);
        }
}

TEST_CASE("a table can be read and written between steps, and copied, while a trainer has it") {
    biased_model<device, float> model(5, 4, 3);
    const std::vector<graft::user_id> users{graft::user_id{1}, graft::user_id{2}};
    const std::vector<graft::item_id> items{graft::item_id{0}, graft::item_id{3}};
    const std::vector<float> targets{4, 1};
    graft::trainer trainer(model);
    for (int i = 0; i < 3; ++i) trainer.step(users, items, targets);
    trainer.settle();
    const auto copy = model;
    CHECK(copy.users().weights() == model.users().weights());
    const Eigen::VectorXf row = Eigen::Vector3f(1, 2, 3);
    model.users().set_row(1, row);
    CHECK(copy.users().row(1) != row);
    const double loss = trainer.step(users, items, targets);
    trainer.settle();
    // Adam's next step moves each number by less than 10 times its rate: the row that was set came there.
    CHECK((model.users().row(1) - row).cwiseAbs().maxCoeff() < 1e-2F);
    CHECK(loss > 0);
}
