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
        arrive("a shuffle by " + std::to_string(mask));
        T theirs;
        std::memcpy(&theirs, fibers_[now_ ^ mask].given[phase], sizeof theirs);
        return theirs;
    }
    void sync() { arrive("a barrier"); }

private:
    struct fiber {
        ucontext_t context{};
        std::unique_ptr<char[]> stack;
        alignas(16) char given[2][16];
        unsigned phase = 0;
        std::string at; // what it waits at
        bool ended = false;
    };
    static constexpr std::size_t stack_size = std::size_t{1} << 17U;

    explicit block(unsigned threads) : fibers_(threads) {}

    void run(order o) {
        for (auto& f : fibers_) {
            f.stack = std::make_unique<char[]>(stack_size);
            getcontext(&f.context);
            f.context.uc_stack.ss_sp = f.stack.get();
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
                if (fibers_[now_].ended) continue;
                going = true;
                resume();
            }
            for (std::size_t w = 0; w < fibers_.size(); w += warp) {
                const auto what = [&](std::size_t i) { return fibers_[i].ended ? "its end" : fibers_[i].at; };
                for (std::size_t i = w + 1; i < w + warp; ++i)
                    if (what(i) != what(w))
                        throw std::logic_error("lane 0 is at " + what(w) + " and lane " +
                                               std::to_string(i - w) + " at " + what(i));
            }
        }
    }

    static void start(unsigned high, unsigned low) {
        auto* self = reinterpret_cast<block*>(static_cast<std::uintptr_t>(high) << 32U | low);
        self->arrived();
        self->body_();
        self->fibers_[self->now_].ended = true;
        self->leave(true);
    }
    void arrive(std::string at) {
        fibers_[now_].at = std::move(at);
        leave(false);
    }

    // Switches, of which AddressSanitizer must be told.
    void resume() {
        fiber& f = fibers_[now_];
#if defined(GRAFT_TEST_ADDRESS)
        __sanitizer_start_switch_fiber(&fake_, f.stack.get(), stack_size);
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
