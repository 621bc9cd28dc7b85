#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <ucontext.h>
#include <utility>
#include <vector>

#include <graft/backend/device/host_system.hpp>
#include <graft/backend/device/lanes.hpp>

#if defined(__SANITIZE_ADDRESS__) // GCC's word for it
#define GRAFT_TEST_ADDRESS
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define GRAFT_TEST_ADDRESS
#endif
#endif
#if defined(GRAFT_TEST_ADDRESS)
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

/// A grid of a GPU, run on one thread: each thread of a block is a fiber that runs until it comes to a
/// barrier or a shuffle of its warp, in ascending or descending order. Lanes that come to different ones, or
/// end while others wait, are an error; a barrier that is missing shows in the results of one of the orders.
namespace fibers {

enum class order { forward, reversed };

class block {
public:
    static constexpr unsigned warp = 32;

    template <class Body>
    static void run(unsigned threads, order o, Body body) {
        block b(threads);
        b.body_ = [&] { body(b); };
        b.run(o);
    }

    [[nodiscard]] unsigned thread() const { return now_; }

    /// What lane `thread ^ mask` gave.
    template <class T>
    T shuffle(const T& x, unsigned mask) {
        fiber& mine = fibers_[now_];
        const unsigned phase = mine.phase++ % 2; // what was given last may still be read by others
        std::memcpy(mine.given[phase], &x, sizeof x);
        arrive(mask);
        T theirs;
        std::memcpy(&theirs, fibers_[now_ ^ mask].given[phase], sizeof theirs);
        return theirs;
    }
    void sync() { arrive(barrier); }

private:
    static constexpr unsigned barrier = 0; // where a fiber waits, or the mask of its shuffle
    static constexpr unsigned end = ~0U;

    struct fiber {
        ucontext_t context{};
        char* stack = nullptr;
        alignas(16) char given[2][16];
        unsigned phase = 0;
        unsigned at = barrier;
    };
    static constexpr std::size_t stack_size = std::size_t{1} << 17U;

    explicit block(unsigned threads) : fibers_(threads) {}

    static std::string name(unsigned at) {
        if (at == end) return "its end";
        return at == barrier ? "a barrier" : "a shuffle by " + std::to_string(at);
    }

    /// Stacks are kept from block to block: the system takes long to give new ones.
    static char* stack(std::size_t i) {
        static std::vector<std::unique_ptr<char[]>> all;
        while (all.size() <= i) all.push_back(std::make_unique<char[]>(stack_size));
#if defined(GRAFT_TEST_ADDRESS)
        __asan_unpoison_memory_region(all[i].get(), stack_size); // frames that were left for good
#endif
        return all[i].get();
    }

    void run(order o) {
        for (std::size_t i = 0; i < fibers_.size(); ++i) {
            fiber& f = fibers_[i];
            f.stack = stack(i);
            getcontext(&f.context);
            f.context.uc_stack.ss_sp = f.stack;
            f.context.uc_stack.ss_size = stack_size;
            f.context.uc_link = &home_;
            makecontext(&f.context, reinterpret_cast<void (*)()>(&block::start), 2,
                        static_cast<unsigned>(reinterpret_cast<std::uintptr_t>(this) >> 32U),
                        static_cast<unsigned>(reinterpret_cast<std::uintptr_t>(this)));
        }
        for (bool going = true; going;) {
            going = false;
            for (unsigned i = 0; i < fibers_.size(); ++i) {
                now_ = o == order::forward ? i : static_cast<unsigned>(fibers_.size()) - 1 - i;
                if (fibers_[now_].at == end) continue;
                going = true;
                resume();
            }
            for (std::size_t w = 0; w < fibers_.size(); w += warp) {
                for (std::size_t i = w + 1; i < w + warp; ++i)
                    if (fibers_[i].at != fibers_[w].at)
                        throw std::logic_error("lane 0 is at " + name(fibers_[w].at) + " and lane " +
                                               std::to_string(i - w) + " at " + name(fibers_[i].at));
            }
        }
    }

    static void start(unsigned high, unsigned low) {
        auto* self = reinterpret_cast<block*>(static_cast<std::uintptr_t>(high) << 32U | low);
        self->arrived();
        self->body_();
        self->fibers_[self->now_].at = end;
        self->leave(true);
    }
    void arrive(unsigned at) {
        fibers_[now_].at = at;
        leave(false);
    }

    // Switches, of which AddressSanitizer must be told.
    void resume() {
        fiber& f = fibers_[now_];
#if defined(GRAFT_TEST_ADDRESS)
        __sanitizer_start_switch_fiber(&fake_, f.stack, stack_size);
#endif
        swapcontext(&home_, &f.context);
#if defined(GRAFT_TEST_ADDRESS)
        __sanitizer_finish_switch_fiber(fake_, nullptr, nullptr);
#endif
    }
    void arrived() {
#if defined(GRAFT_TEST_ADDRESS)
        __sanitizer_finish_switch_fiber(nullptr, &home_stack_, &home_size_);
#endif
    }
    void leave([[maybe_unused]] bool for_good) {
        fiber& f = fibers_[now_];
#if defined(GRAFT_TEST_ADDRESS)
        void* fake = nullptr;
        __sanitizer_start_switch_fiber(for_good ? nullptr : &fake, home_stack_, home_size_);
        swapcontext(&f.context, &home_);
        __sanitizer_finish_switch_fiber(fake, &home_stack_, &home_size_);
#else
        swapcontext(&f.context, &home_);
#endif
    }

    std::vector<fiber> fibers_;
    std::function<void()> body_;
    unsigned now_ = 0;
    ucontext_t home_{};
#if defined(GRAFT_TEST_ADDRESS)
    void* fake_ = nullptr;
    const void* home_stack_ = nullptr;
    std::size_t home_size_ = 0;
#endif
};

/// A lane, as graft::detail::warp_lanes.
class lanes : public graft::detail::lane_group<lanes> {
public:
    static constexpr unsigned count = block::warp;
    explicit lanes(block& b) : block_(&b) {}
    [[nodiscard]] unsigned index() const { return block_->thread() % count; }
    template <class T>
    [[nodiscard]] T shuffle_xor(T x, unsigned mask) const {
        return block_->shuffle(x, mask);
    }
    void sync() const { block_->sync(); }

private:
    block* block_;
};

/// A device whose row tasks are run by warps of fibers.
template <order Order>
struct system : graft::cpp_system {
    static constexpr const char* name = Order == order::forward ? "fibers" : "fibers in reversed order";

    class stream : public graft::cpp_system::stream {
    public:
        template <class Task>
        void launch(std::size_t count, const Task& task) {
            constexpr unsigned threads = 2 * block::warp;
            constexpr unsigned blocks = 2; // fewer than there are rows, so that warps go on to further ones
            constexpr unsigned warps = threads / block::warp;
            for (unsigned b = 0; b < blocks; ++b)
                block::run(threads, Order, [&](block& threads_of_block) {
                    graft::detail::take_rows(task, count,
                                             std::size_t{b} * warps + threads_of_block.thread() / block::warp,
                                             std::size_t{blocks} * warps, lanes(threads_of_block));
                });
        }
    };
};

} // namespace fibers
