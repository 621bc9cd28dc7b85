#pragma once

#include <atomic>
#include <cstdint>

#include <graft/core/spin.hpp>

namespace graft {

/// A meeting point for a fixed number of threads, made for work that takes microseconds: a thread that
/// arrives early spins for a while before it sleeps.
class barrier {
public:
    explicit barrier(std::size_t threads) : threads_(static_cast<std::uint32_t>(threads)) {}

    /// Returns when all threads have called it. What they wrote before is then seen by all.
    void arrive_and_wait() noexcept {
        arrive_and_wait([] {});
    }
    /// The same, and the thread that comes last calls `between` before any returns. It must not throw.
    template <class F>
    void arrive_and_wait(const F& between) noexcept {
        if (threads_ == 1) return between();
        const std::uint32_t round = round_.load(std::memory_order_acquire);
        if (arrived_.fetch_add(1, std::memory_order_acq_rel) + 1 == threads_) {
            between();
            arrived_.store(0, std::memory_order_relaxed);
            round_.store(round + 1, std::memory_order_release);
            round_.notify_all();
            return;
        }
        if (detail::spin_until([&] { return round_.load(std::memory_order_acquire) != round; })) return;
        while (round_.load(std::memory_order_acquire) == round) round_.wait(round, std::memory_order_acquire);
    }

private:
    std::uint32_t threads_;
    alignas(64) std::atomic<std::uint32_t> arrived_ = 0;
    alignas(64) std::atomic<std::uint32_t> round_ = 0;
};

} // namespace graft
