#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>

#include <graft/core/spin.hpp>

namespace graft::inline v0_1 {

/// A meeting point for a number of threads, made for work that takes microseconds: a thread that arrives
/// early spins for a while before it sleeps.
class barrier {
public:
    explicit barrier(std::size_t threads) : threads_(static_cast<std::uint32_t>(threads)) {}

    /// Another number of threads; while none is in the barrier.
    void resize(std::size_t threads) noexcept { threads_ = static_cast<std::uint32_t>(threads); }

    /// Returns when all threads have called it. What they wrote before is then seen by all.
    void arrive_and_wait() noexcept {
        if (threads_ == 1) return;
        const std::uint32_t round = round_.load(std::memory_order_acquire);
        if (arrived_.fetch_add(1, std::memory_order_acq_rel) + 1 == threads_) {
            arrived_.store(0, std::memory_order_relaxed);
            round_.store(round + 1); // in one order with `sleepers_`: one of the two threads sees the other
            if (sleepers_.load() == 0) return;
            { const std::lock_guard lock(mutex_); } // not between another's look and its sleep
            next_round_.notify_all();
            return;
        }
        if (!detail::spin_until([&] { return round_.load(std::memory_order_acquire) != round; }))
            sleep(round);
    }

    /// Seconds that all threads together have slept here since the last call; while none is in the barrier.
    [[nodiscard]] double take_seconds_asleep() noexcept {
        return 1e-9 * static_cast<double>(asleep_.exchange(0, std::memory_order_relaxed));
    }

private:
    void sleep(std::uint32_t round) noexcept {
        using clock = std::chrono::steady_clock;
        const auto begin = clock::now();
        {
            std::unique_lock lock(mutex_);
            sleepers_.fetch_add(1);
            next_round_.wait(lock, [&] { return round_.load() != round; });
            sleepers_.fetch_sub(1);
        }
        const std::chrono::nanoseconds slept = clock::now() - begin;
        asleep_.fetch_add(static_cast<std::uint64_t>(slept.count()), std::memory_order_relaxed);
    }

    std::uint32_t threads_;
    alignas(64) std::atomic<std::uint32_t> arrived_ = 0;
    std::atomic<std::uint64_t> asleep_ = 0; // nanoseconds
    alignas(64) std::atomic<std::uint32_t> round_ = 0;
    std::atomic<std::uint32_t> sleepers_ = 0;
    std::mutex mutex_; // not round_.wait, which with MinGW-w64 may sleep for ever
    std::condition_variable next_round_;
};

} // namespace graft::inline v0_1
