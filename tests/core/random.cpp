#include <algorithm>
#include <numeric>
#include <vector>

#include <doctest/doctest.h>

#include <graft/core/random.hpp>

TEST_CASE("a seed gives the same draws on every platform") {
    graft::random_engine engine(5489);
    CHECK(engine() == 14514284786278117030ULL); // the standard's own first value of mt19937_64
    graft::random_engine other(7);
    std::vector<int> order(8);
    std::iota(order.begin(), order.end(), 0);
    graft::shuffle(std::span(order), other);
    auto sorted = order;
    std::sort(sorted.begin(), sorted.end());
    for (int i = 0; i < 8; ++i) CHECK(sorted[static_cast<std::size_t>(i)] == i);
    graft::random_engine again(7);
    std::vector<int> second(8);
    std::iota(second.begin(), second.end(), 0);
    graft::shuffle(std::span(second), again);
    CHECK(order == second);
}

TEST_CASE("bounded draws are uniform and stay in range") {
    graft::random_engine engine(1);
    std::vector<int> count(6);
    for (int i = 0; i < 60000; ++i) ++count.at(static_cast<std::size_t>(graft::draw_below(engine, 6)));
    for (int c : count) CHECK(std::abs(c - 10000) < 500);
}

TEST_CASE("normal draws have mean 0 and deviation 1") {
    graft::random_engine engine(3);
    double sum = 0;
    double squares = 0;
    const int pairs = 50000;
    for (int i = 0; i < pairs; ++i) {
        const auto [a, b] = graft::draw_normal_pair(engine);
        sum += a + b;
        squares += a * a + b * b;
    }
    CHECK(sum / (2 * pairs) == doctest::Approx(0).epsilon(0.02));
    CHECK(squares / (2 * pairs) == doctest::Approx(1).epsilon(0.02));
}
