#include <concepts>
#include <memory>

#include <doctest/doctest.h>

#include <graft/train/history.hpp>

namespace {

struct takes_something_else {
    void operator()(int) const;
};

static_assert(std::constructible_from<graft::progress_callback, bool (*)(const graft::progress&)>);
static_assert(!std::constructible_from<graft::progress_callback, takes_something_else>);
static_assert(!std::constructible_from<graft::progress_callback, int>);

} // namespace

TEST_CASE("there is no callback unless one is given") {
    CHECK_FALSE(graft::progress_callback());
    CHECK(graft::progress_callback([](const graft::progress&) {}));
}

TEST_CASE("a callback that returns nothing lets training go on, one that returns false ends it") {
    std::size_t told = 0;
    const graft::progress_callback silent = [&](const graft::progress& p) { told = p.step; };
    CHECK(silent({.step = 5}));
    CHECK(told == 5);
    const graft::progress_callback until_third = [](const graft::progress& p) { return p.epoch < 3; };
    CHECK(until_third({.epoch = 2}));
    CHECK_FALSE(until_third({.epoch = 3}));
}

TEST_CASE("a callback may change what it holds") {
    const graft::progress_callback counting = [left = 2](const graft::progress&) mutable {
        return --left > 0;
    };
    CHECK(counting({}));
    CHECK_FALSE(counting({}));
    int sum = 0;
    const graft::progress_callback adding = [&sum, step = 0](const graft::progress&) mutable {
        sum += ++step;
    };
    (void)adding({});
    (void)adding({});
    CHECK(sum == 3);
}
