#include <cstdint>
#include <vector>

#include <doctest/doctest.h>

#include <graft/core/shared_range.hpp>
#include <graft/core/thread_pool.hpp>

TEST_CASE("pieces come from both ends, and smaller ones towards the end") {
    graft::shared_range range;
    CHECK(range.take_front().is_empty());
    range.put({100, 200});
    const auto first = range.take_front();
    CHECK(first.begin == 100);
    CHECK(first.end == 125);
    const auto last = range.take_back();
    CHECK(last.begin == 182); // a quarter of what the first piece left
    CHECK(last.end == 200);
    range.put({7, 10});
    const auto all = range.take_back();
    CHECK(all.begin == 7);
    CHECK(all.end == 10);
    CHECK(range.take_front().is_empty());
    CHECK(range.take_back().is_empty());
    range.put({3, 3});
    CHECK(range.take_front().is_empty());
}

TEST_CASE("of threads that take from a range each number comes to one") {
    constexpr std::uint32_t size = 20'000;
    graft::thread_pool pool(4);
    graft::shared_range range;
    for (int round = 0; round < 50; ++round) {
        range.put({0, size});
        std::vector<std::vector<std::uint32_t>> taken(pool.size());
        pool.run([&](std::size_t thread) {
            const auto take = [&] { return thread == 0 ? range.take_front() : range.take_back(); };
            for (auto some = take(); !some.is_empty(); some = take())
                for (std::uint32_t k = some.begin; k < some.end; ++k) taken[thread].push_back(k);
        });
        std::vector<int> times(size, 0);
        for (const auto& numbers : taken)
            for (const auto k : numbers) ++times[k];
        CHECK(times == std::vector<int>(size, 1));
    }
}
