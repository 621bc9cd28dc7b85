// Training gives the bits that it gave at version 0.1: a change of the engine that changes them is seen here.
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include <doctest/doctest.h>

#include <graft/backend/cpu/cpu.hpp>
#include <graft/core/random.hpp>
#include <graft/model/recommender.hpp>
#include <graft/optim/adam.hpp>
#include <graft/optim/adamw.hpp>
#include <graft/optim/sgd.hpp>
#include <graft/optim/sparse_adam.hpp>
#include <graft/train/fit.hpp>

// Only where the compiler may not fuse multiplications and additions, and for the width of registers that they were
// measured with.
#if defined(__x86_64__) && defined(__GLIBC__) && !defined(__AVX__)

namespace {

/// FNV-1a over the bytes of all weights.
template <class Table>
std::uint64_t fingerprint(const Table& table, std::uint64_t hash) {
    const auto weights = table.weights();
    std::vector<unsigned char> bytes(weights.size() * sizeof weights[0]);
    std::memcpy(bytes.data(), weights.data(), bytes.size());
    for (const unsigned char byte : bytes) hash = (hash ^ byte) * 1099511628211U;
    return hash;
}

/// A few rows stand in every batch several times, most sleep for many steps; some are frozen, and items for an epoch.
template <class Scalar, class Scorer, class Optimizer>
std::uint64_t trained(std::size_t dim) {
    graft::random_engine engine(3);
    std::vector<graft::user_id> users;
    std::vector<graft::item_id> items;
    std::vector<float> values;
    for (std::size_t k = 0; k < 20000; ++k) {
        users.push_back(static_cast<graft::user_id>(k % 3 == 0 ? k % 7 : graft::draw_below(engine, 2000)));
        items.push_back(static_cast<graft::item_id>(k % 2 == 0 ? k % 11 : graft::draw_below(engine, 600)));
        values.push_back(static_cast<float>(1 + graft::draw_below(engine, 5)));
    }
    const auto data = graft::interactions::from_rows(users, items, values, 2000, 600);
    graft::recommender<Scalar, Eigen::Dynamic, graft::cpu, Scorer> model(2000, 600, dim, {.seed = 5});
    graft::fit_options<Optimizer> options{
        .epochs = 3, .batch_size = 100, .l2 = 0.01, .row_l2 = 0.1, .threads = 2};
    options.users.row_lr_factors.assign(2000, 1.0F);
    for (std::size_t r = 0; r < 2000; r += 5) options.users.row_lr_factors[r] = 0;
    options.items.anchor.setConstant(600, static_cast<Eigen::Index>(dim), 0.05F);
    options.items_frozen_for = 1;
    graft::fit(model, data, options);
    return fingerprint(model.items(), fingerprint(model.users(), 14695981039346656037U));
}

} // namespace

TEST_CASE("training gives the bits that it gave before") {
    CHECK(trained<float, graft::dot, graft::adam>(64) == 0xaabffc2c2243d0adU);
    CHECK(trained<float, graft::biased, graft::adam>(21) == 0x9029d4e1dc038040U);
    CHECK(trained<double, graft::biased, graft::adam>(21) == 0x20bae64d94f1517eU);
    CHECK(trained<float, graft::biased, graft::adamw>(21) == 0x22dfe697a99efbfaU);
    CHECK(trained<float, graft::biased, graft::sparse_adam>(21) == 0x3f046cdf6b003433U);
    CHECK(trained<float, graft::dot, graft::sgd>(21) == 0xbb94673213d38aa1U);
}

#endif
