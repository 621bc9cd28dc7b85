#include <atomic>
#include <stdexcept>

#include <doctest/doctest.h>

#include <graft/core/thread_pool.hpp>

TEST_CASE("every index runs once, many times over") {
    for (std::size_t threads : {1U, 2U, 3U, 8U}) {
        graft::thread_pool pool(threads);
        REQUIRE(pool.size() == threads);
        std::vector<int> count(threads);
        for (int round = 0; round < 100; ++round) pool.run([&](std::size_t index) { ++count[index]; });
        for (int c : count) CHECK(c == 100);
    }
}

TEST_CASE("the error of the lowest index reaches the caller and the pool goes on") {
    graft::thread_pool pool(3);
    CHECK_THROWS_WITH_AS(pool.run([](std::size_t index) {
        if (index > 0) throw std::runtime_error("task " + std::to_string(index));
    }),
                         "task 1", std::runtime_error);
    std::atomic<int> ran = 0;
    pool.run([&](std::size_t) { ++ran; });
    CHECK(ran == 3);
}

TEST_CASE("an absurd number of threads is refused") {
    CHECK_THROWS_WITH_AS(graft::thread_pool(5000),
                         "thread_pool: 5000 threads were asked for; at most 1024 are possible",
                         graft::argument_error);
}

TEST_CASE("the first of a pool's threads work without the others") {
    graft::thread_pool pool(4);
    std::vector<int> count(4);
    for (int round = 0; round < 200; ++round)
        for (std::size_t threads : {4U, 1U, 3U, 2U})
            pool.run([&](std::size_t index) { ++count[index]; }, threads);
    CHECK(count == std::vector{800, 600, 400, 200});
}
