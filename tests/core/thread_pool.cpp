#include <atomic>
#include <stdexcept>

#include <doctest/doctest.h>

#include <graft/core/thread_pool.hpp>

#include <support/in_child.hpp>
#if defined(__GLIBC__)
#include <pthread.h>
#endif

TEST_CASE("a number of threads is settled before they are started") {
    CHECK(graft::thread_pool::resolve(3) == 3);
    CHECK(graft::thread_pool::resolve(0) >= 1);
    CHECK_THROWS_AS((void)graft::thread_pool::resolve(1025), graft::argument_error);
}

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

#ifdef GRAFT_TEST_HAS_FORK
// Clang 14's ThreadSanitizer knows no thread of before a fork, and ends the child when it detaches one.
#if defined(__SANITIZE_THREAD__)
constexpr bool skips_forks = true;
#elif defined(__has_feature)
constexpr bool skips_forks = __has_feature(thread_sanitizer);
#else
constexpr bool skips_forks = false;
#endif

TEST_CASE("a pool of several threads refuses to run in a forked process, and ends there" *
          doctest::skip(skips_forks)) {
    for (const bool asleep : {false, true}) {
        graft::thread_pool pool(3);
        pool.run([](std::size_t) {});
        if (asleep) ::usleep(50000); // the threads wait for the condition by now
        auto* const copy = new graft::thread_pool(2);
        const auto message = test::in_child([&] {
            CHECK_THROWS_AS(pool.run([](std::size_t) {}, 1), graft::error);
            delete copy;
            pool.run([](std::size_t) {});
            return "ran";
        });
        CHECK(message == "thread_pool: the threads stayed in the process that this one was forked from; fork "
                         "before the threads are started, or use one thread");
        delete copy;
        std::atomic<int> ran = 0;
        pool.run([&](std::size_t) { ++ran; });
        CHECK(ran == 3);
    }
    graft::thread_pool alone(1);
    CHECK(test::in_child([&] {
              std::string said;
              alone.run([&](std::size_t) { said = "ran"; });
              graft::thread_pool made_here(3);
              std::atomic<int> ran = 0;
              made_here.run([&](std::size_t) { ++ran; });
              return said + std::to_string(ran);
          }) == "ran3");
}
#endif

#if defined(__GLIBC__)
TEST_CASE("threads that the system does not start are a graft::error") {
    pthread_attr_t before;
    REQUIRE(pthread_getattr_default_np(&before) == 0);
    pthread_attr_t huge;
    REQUIRE(pthread_attr_init(&huge) == 0);
    REQUIRE(pthread_attr_setstacksize(&huge, std::size_t{1} << 50U) == 0); // there is no room for these
    REQUIRE(pthread_setattr_default_np(&huge) == 0);
    CHECK_THROWS_WITH_AS(graft::thread_pool(1000),
                         doctest::Contains("thread_pool: the system starts only 1 of 1000 threads ("),
                         graft::error);
    CHECK(graft::thread_pool(1).size() == 1);
    REQUIRE(pthread_setattr_default_np(&before) == 0);
    CHECK(graft::thread_pool(3).size() == 3);
}
#endif
