#include <algorithm>
#include <cstddef>
#include <stdexcept>
#include <vector>

#include <doctest/doctest.h>

#include <graft/backend/device/lanes.hpp>

#include <support/fibers.hpp>

namespace {

/// Writes the sum of all lanes' numbers, and what the next lane wrote before.
struct good_task {
    int* sums;
    int* seen;
    int* written;
    template <class Lanes>
    void operator()(std::size_t row, const Lanes& lanes) const {
        const auto lane = lanes.index();
        const int sum = lanes.sum(static_cast<int>(lane));
        if (lane == 0) sums[row] = sum;
        written[row * 32 + lane] = static_cast<int>(row + lane);
        lanes.sync();
        seen[row * 32 + lane] = written[row * 32 + (lane + 1) % 32];
    }
};
/// Lacks the barrier.
struct bad_task {
    int* seen;
    int* written;
    template <class Lanes>
    void operator()(std::size_t row, const Lanes& lanes) const {
        const auto lane = lanes.index();
        written[lane] = static_cast<int>(row + 1);
        seen[lane] = written[0];
    }
};
/// One lane comes to a barrier that the others pass by.
struct uneven_task {
    template <class Lanes>
    void operator()(std::size_t, const Lanes& lanes) const {
        if (lanes.index() == 7) (void)lanes.sum(1);
    }
};

template <fibers::order Order>
void check_good() {
    std::vector<int> sums(9), seen(9 * 32), written(9 * 32);
    typename fibers::system<Order>::stream stream;
    stream.launch(9, good_task{sums.data(), seen.data(), written.data()}); // more rows than warps
    for (std::size_t row = 0; row < 9; ++row) {
        CHECK(sums[row] == 31 * 32 / 2);
        for (std::size_t lane = 0; lane < 32; ++lane)
            CHECK(seen[row * 32 + lane] == static_cast<int>(row + (lane + 1) % 32));
    }
}

} // namespace

TEST_CASE("fibers find lanes that part and barriers that are missing") {
    check_good<fibers::order::forward>();
    check_good<fibers::order::reversed>();

    std::vector<int> seen(32), written(32);
    fibers::system<fibers::order::forward>::stream first;
    first.launch(1, bad_task{seen.data(), written.data()});
    CHECK(std::count(seen.begin(), seen.end(), 1) == 32); // nothing is seen in this order,
    written.assign(32, 0);
    fibers::system<fibers::order::reversed>::stream last;
    last.launch(1, bad_task{seen.data(), written.data()});
    CHECK(std::count(seen.begin(), seen.end(), 1) == 1); // but in the other one

    CHECK_THROWS_WITH_AS(first.launch(1, uneven_task{}),
                         "lane 0 is at a barrier and lane 7 at a shuffle by 16", std::logic_error);
}

TEST_CASE("each row falls to one group of lanes, however many groups there are") {
    for (const std::size_t groups : {1U, 3U, 20U}) {
        std::vector<int> taken(10, 0);
        const auto task = [&](std::size_t row, const auto&) { ++taken[row]; };
        for (std::size_t first = 0; first < groups; ++first)
            graft::detail::take_rows(task, taken.size(), first, groups, graft::detail::one_lane{});
        CHECK(taken == std::vector<int>(10, 1));
    }
}

TEST_CASE("a lane that has a row to itself sums its own number") {
    CHECK(graft::detail::one_lane{}.sum(3.5) == 3.5);
}
