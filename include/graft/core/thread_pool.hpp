#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#if defined(__unix__) || defined(__APPLE__)
#include <unistd.h>
#endif

#include <graft/core/error.hpp>
#include <graft/core/spin.hpp>

namespace graft::inline v0_1 {

/// A fixed number of threads, started once, that run the same function with their index. The calling thread
/// is one of them, so a pool of one starts nothing. A process that is forked has none of the others: its copy of
/// a pool of several refuses to run.
class thread_pool {
public:
    /// threads: 0 means as many as the machine has. Throws argument_error above 1024, graft::error where the
    /// system does not start so many.
    explicit thread_pool(std::size_t threads = 0) : size_(resolve(threads)), errors_(size_) {
        try {
            for (std::size_t index = 1; index < size_; ++index)
                workers_.emplace_back([this, index] { work(index); });
        } catch (const std::system_error& refused) {
            const std::size_t started = workers_.size() + 1;
            stop();
            throw error("thread_pool: the system starts only " + std::to_string(started) + " of " +
                        std::to_string(size_) + " threads (" + refused.what() + "); ask for fewer");
        } catch (...) {
            stop();
            throw;
        }
    }
    thread_pool(const thread_pool&) = delete;
    thread_pool& operator=(const thread_pool&) = delete;
    ~thread_pool() { stop(); }

    [[nodiscard]] std::size_t size() const noexcept { return size_; }

    /// Throws argument_error for a number of threads that no pool has.
    static void check(std::size_t threads) {
        if (threads > 1024)
            throw argument_error("thread_pool: " + std::to_string(threads) +
                                 " threads were asked for; at most 1024 are possible");
    }

    /// How many threads a pool of `threads` has: as many as the machine for 0. Throws as check.
    [[nodiscard]] static std::size_t resolve(std::size_t threads) {
        check(threads);
        if (threads > 0) return threads;
        const auto found = std::thread::hardware_concurrency();
        return found > 0 ? found : 1;
    }

    /// Calls task(index) once for each index in [0, size()), at the same time, and returns when all have
    /// ended. What the task of the lowest index threw is thrown again. Must not be called from a task. Throws
    /// graft::error in a forked process.
    void run(const std::function<void(std::size_t)>& task) { run(task, size_); }
    /// The same on the first `threads` of them, 1 .. size().
    void run(const std::function<void(std::size_t)>& task, std::size_t threads) {
        if (is_forked())
            throw error("thread_pool: the threads stayed in the process that this one was forked from; fork "
                        "before the threads are started, or use one thread");
        if (threads == 1) return task(0);
        {
            const std::lock_guard lock(meeting_->mutex);
            task_ = &task;
            left_.store(threads - 1, std::memory_order_relaxed);
            call_.store(next_call(threads), std::memory_order_release);
        }
        meeting_->start.notify_all();
        attempt(task, 0);
        if (!detail::spin_until([this] { return all_done(); })) {
            std::unique_lock lock(meeting_->mutex);
            meeting_->done.wait(lock, [this] { return all_done(); });
        }
        for (auto& caught : errors_)
            if (caught) {
                const auto first = std::exchange(caught, nullptr);
                for (auto& other : errors_) other = nullptr;
                std::rethrow_exception(first);
            }
    }

private:
    void attempt(const std::function<void(std::size_t)>& task, std::size_t index) noexcept {
        try {
            task(index);
        } catch (...) { errors_[index] = std::current_exception(); }
    }

    [[nodiscard]] bool all_done() const noexcept { return left_.load(std::memory_order_acquire) == 0; }

    /// A call is a number that counts up, and how many threads it is for (0: stop).
    [[nodiscard]] std::uint64_t next_call(std::size_t threads) const noexcept {
        return ((call_.load(std::memory_order_relaxed) >> call_bits) + 1) << call_bits | threads;
    }

    void work(std::size_t index) {
        std::uint64_t seen = 0;
        for (;;) {
            std::uint64_t call = seen;
            const auto called = [&] {
                call = call_.load(std::memory_order_acquire);
                return call != seen;
            };
            if (!detail::spin_until(called)) {
                std::unique_lock lock(meeting_->mutex);
                meeting_->start.wait(lock, called);
            }
            seen = call; // the next call for this thread comes when it has ended this one
            const std::uint64_t threads = call & ((std::uint64_t{1} << call_bits) - 1);
            if (threads == 0) return;
            if (index >= threads) continue;
            attempt(*task_, index);
            if (left_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
                const std::lock_guard lock(meeting_->mutex); // not between the caller's look and its sleep
                meeting_->done.notify_one();
            }
        }
    }

    void stop() noexcept {
        if (is_forked()) { // nobody is there to wait for, or to let go of the mutex
            for (auto& worker : workers_) worker.detach();
            static_cast<void>(meeting_.release());
            return;
        }
        {
            const std::lock_guard lock(meeting_->mutex);
            call_.store(next_call(0), std::memory_order_release);
        }
        meeting_->start.notify_all();
        for (auto& worker : workers_) worker.join();
    }

    [[nodiscard]] static long process() noexcept {
#if defined(__unix__) || defined(__APPLE__)
        return ::getpid();
#else
        return 0; // there is no fork
#endif
    }
    [[nodiscard]] bool is_forked() const noexcept { return size_ > 1 && process() != process_; }

    /// Where threads sleep.
    struct meeting {
        std::mutex mutex;
        std::condition_variable start;
        std::condition_variable done;
    };

    std::size_t size_;
    long process_ = process();
    std::unique_ptr<meeting> meeting_ = std::make_unique<meeting>();
    const std::function<void(std::size_t)>* task_ = nullptr;
    std::atomic<std::size_t> left_ = 0;
    static constexpr unsigned call_bits = 16;
    std::atomic<std::uint64_t> call_ = 0;
    std::vector<std::exception_ptr> errors_;
    std::vector<std::thread> workers_;
};

} // namespace graft::inline v0_1
