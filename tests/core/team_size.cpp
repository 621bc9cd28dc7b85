#include <cstddef>
#include <vector>

#include <doctest/doctest.h>

#include <graft/core/team_size.hpp>

namespace {

/// The sizes of a team over so many pieces of work, where rate(threads) says how fast work goes, and asleep(threads)
/// which part of their time threads sleep.
template <class Rate, class Asleep>
std::vector<std::size_t> sizes(graft::team_size& team, int pieces, const Rate& rate, const Asleep& asleep) {
    std::vector<std::size_t> all;
    for (int k = 0; k < pieces; ++k) {
        const std::size_t now = team.now();
        all.push_back(now);
        team.worked(0.02 * rate(now), 0.02, 0.02 * static_cast<double>(now) * asleep(now));
    }
    return all;
}

const auto awake = [](std::size_t) { return 0.0; };
const auto half_asleep = [](std::size_t threads) { return threads == 1 ? 0.0 : 0.5; };
const auto proportional = [](std::size_t threads) { return static_cast<double>(threads); };
const auto inverse = [](std::size_t threads) { return 1 / static_cast<double>(threads); };

} // namespace

TEST_CASE("threads that do not sleep stay together") {
    graft::team_size team(4);
    for (const std::size_t size : sizes(team, 100, proportional, awake)) CHECK(size == 4);
}

TEST_CASE("where fewer threads are faster they work alone, and more are tried at growing distances") {
    graft::team_size team(2);
    const auto all = sizes(team, 300, inverse, half_asleep);
    std::vector<int> together;
    for (int k = 0; k < 300; ++k)
        if (all[static_cast<std::size_t>(k)] == 2) together.push_back(k);
    CHECK(together.size() <= 10);
    CHECK(together.front() == 0);
    for (std::size_t k = 3; k + 1 < together.size(); ++k)
        CHECK(together[k + 1] - together[k] >= together[k] - together[k - 1]);
    CHECK(together.back() - together[together.size() - 2] <= 66); // never longer
}

TEST_CASE("threads that are free again are used again") {
    graft::team_size team(4);
    sizes(team, 50, inverse, half_asleep);
    CHECK(team.now() < 4);
    sizes(team, 200, proportional, awake);
    CHECK(team.now() == 4);
}

TEST_CASE("a team that sleeps but is fastest as it is tries fewer seldom") {
    graft::team_size team(2);
    int alone = 0;
    for (const std::size_t size : sizes(team, 300, proportional, half_asleep)) alone += size == 1 ? 1 : 0;
    CHECK(alone <= 7);
}

TEST_CASE("pieces too short to judge by are added up, and one that sleeps may be chance") {
    graft::team_size team(2);
    for (int k = 0; k < 19; ++k) team.worked(1, 0.001, 0.001);
    CHECK(team.now() == 2); // one piece of 10 ms
    team.worked(1, 0.002, 0.002);
    CHECK(team.now() == 1); // the second

    graft::team_size lucky(2);
    for (int k = 0; k < 50; ++k) {
        lucky.worked(1, 0.02, k % 2 == 0 ? 0.02 : 0.0);
        CHECK(lucky.now() == 2);
    }
}

TEST_CASE("one thread is one thread") {
    graft::team_size team(1);
    for (const std::size_t size : sizes(team, 20, proportional, half_asleep)) CHECK(size == 1);
}
