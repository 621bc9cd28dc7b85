#include <chrono>
#include <cstddef>
#include <thread>
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

TEST_CASE("a barrier can be given another number of threads, and tells how long they slept") {
    graft::thread_pool pool(3);
    graft::barrier meeting(3);
    for (const std::size_t threads : {3U, 1U, 2U}) {
        meeting.resize(threads);
        std::vector<int> met(threads, 0);
        pool.run(
            [&](std::size_t index) {
                for (int round = 0; round < 500; ++round) {
                    meeting.arrive_and_wait();
                    ++met[index];
                }
            },
            threads);
        CHECK(met == std::vector<int>(threads, 500));
    }
    (void)meeting.take_seconds_asleep();
    CHECK(meeting.take_seconds_asleep() == 0); // it was taken
    pool.run(
        [&](std::size_t index) {
            if (index == 0) std::this_thread::sleep_for(std::chrono::milliseconds(50));
            meeting.arrive_and_wait();
        },
        2);
    CHECK(meeting.take_seconds_asleep() > 0);
}
