#pragma once

#include <condition_variable>
#include <cstddef>
#include <exception>
#include <mutex>

#include <graft/core/thread_pool.hpp>

namespace graft::inline v0_1::detail {

/// Parses blocks on all threads of a pool and puts them together in their order, so that results and errors are
/// the same for any number of threads. next(block): false at the end; one thread at a time. parse(block,
/// parsed): side by side, on a Block and a Parsed of the thread's own. put(block, parsed): one after the other
/// in the order of the blocks. What the earliest block throws is thrown, after which nothing is put.
template <class Block, class Parsed, class Next, class Parse, class Put>
void parse_in_order(thread_pool& pool, Next&& next, Parse&& parse, Put&& put) {
    std::mutex source_mutex;
    bool source_ended = false;
    std::size_t blocks = 0;
    std::mutex turn_mutex;
    std::condition_variable turn_changed;
    std::size_t turn = 0; // the block that is put next
    bool stopped = false;

    pool.run([&](std::size_t) {
        Block block{};
        Parsed parsed{};
        for (;;) {
            std::exception_ptr failure;
            std::size_t index = 0;
            {
                const std::lock_guard lock(source_mutex);
                if (source_ended) return;
                index = blocks;
                try {
                    source_ended = !next(block);
                    if (source_ended) return;
                } catch (...) { // thrown when its turn comes, as an earlier line may be wrong too
                    source_ended = true;
                    failure = std::current_exception();
                }
                ++blocks;
            }
            try {
                if (!failure) parse(block, parsed);
            } catch (...) { failure = std::current_exception(); }

            std::unique_lock lock(turn_mutex);
            turn_changed.wait(lock, [&] { return stopped || turn == index; });
            if (stopped) return;
            try {
                if (failure) std::rethrow_exception(failure);
                put(block, parsed);
            } catch (...) {
                stopped = true;
                turn_changed.notify_all();
                throw;
            }
            ++turn;
            turn_changed.notify_all();
        }
    });
}

} // namespace graft::inline v0_1::detail
