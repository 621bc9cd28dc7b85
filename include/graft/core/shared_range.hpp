#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

namespace graft::inline v0_1 {

/// Numbers [begin, end) that one thread, the owner, takes from the front, and threads that have nothing left
/// to do from the back. Pieces get smaller towards the end: few are taken, and nobody waits long for the
/// last.
class alignas(64) shared_range {
public:
    struct piece {
        std::uint32_t begin = 0;
        std::uint32_t end = 0;
        [[nodiscard]] bool is_empty() const noexcept { return begin == end; }
    };

    /// By the owner, when all was taken of what was there before.
    void put(piece all) noexcept { left_.store(packed(all), std::memory_order_relaxed); }
    /// Empty when all is taken.
    [[nodiscard]] piece take_front() noexcept { return take(true); }
    [[nodiscard]] piece take_back() noexcept { return take(false); }

private:
    static constexpr std::uint32_t least = 4; // what is taken at once, if there is as much

    static std::uint64_t packed(piece p) noexcept { return std::uint64_t{p.begin} << 32U | p.end; }
    static piece unpacked(std::uint64_t p) noexcept {
        return {static_cast<std::uint32_t>(p >> 32U), static_cast<std::uint32_t>(p)};
    }
    piece take(bool front) noexcept {
        std::uint64_t seen = left_.load(std::memory_order_relaxed);
        for (;;) {
            const piece left = unpacked(seen);
            if (left.is_empty()) return {};
            const std::uint32_t size = left.end - left.begin;
            const std::uint32_t some = (std::min)(size, (std::max)(size / 4, least));
            const piece taken =
                front ? piece{left.begin, left.begin + some} : piece{left.end - some, left.end};
            const piece rest = front ? piece{taken.end, left.end} : piece{left.begin, taken.begin};
            if (left_.compare_exchange_weak(seen, packed(rest), std::memory_order_relaxed)) return taken;
        }
    }

    std::atomic<std::uint64_t> left_ = 0;
};

} // namespace graft::inline v0_1
