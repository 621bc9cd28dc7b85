#include <cstddef>
#include <vector>

#include <doctest/doctest.h>

#include <graft/core/barrier.hpp>
#include <graft/core/thread_pool.hpp>

TEST_CASE("behind a barrier each thread sees what the others wrote before it") {
    constexpr std::size_t threads = 4; // more than some machines run at once, so that some sleep
    graft::thread_pool pool(threads);
    graft::barrier meeting(threads);
    std::vector<int> written(threads, 0);
    std::vector<int> wrong(threads, 0);
    pool.run([&](std::size_t index) {
        for (int round = 1; round <= 2000; ++round) {
            written[index] = round;
            meeting.arrive_and_wait();
            for (const int other : written)
                if (other != round) ++wrong[index];
            meeting.arrive_and_wait();
        }
    });
    CHECK(wrong == std::vector<int>(threads, 0));
}

TEST_CASE("one thread of each meeting does what comes between, before any goes on") {
    for (const std::size_t threads : {1U, 2U, 5U}) {
        graft::thread_pool pool(threads);
        graft::barrier meeting(threads);
        int between = 0;
        std::vector<int> wrong(threads, 0);
        pool.run([&](std::size_t index) {
            for (int round = 1; round <= 500; ++round) {
                meeting.arrive_and_wait([&] { ++between; });
                if (between != round) ++wrong[index];
                meeting.arrive_and_wait();
            }
        });
        CHECK(between == 500);
        CHECK(wrong == std::vector<int>(threads, 0));
    }
}
