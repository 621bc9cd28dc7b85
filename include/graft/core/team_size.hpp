#pragma once

#include <algorithm>
#include <cstddef>

namespace graft::inline v0_1 {

/// How many of a pool's threads work together: all, or fewer while other processes take their cores. Threads
/// that meet every few microseconds are slower than one alone when one of them is not running. So where they
/// sleep much of the time, half as many are tried, and what is faster stays; more are tried again later. For
/// work whose results do not depend on the number of threads.
class team_size {
public:
    explicit team_size(std::size_t threads) : all_(threads), now_(threads), best_(threads) {}

    [[nodiscard]] std::size_t now() const noexcept { return now_; }

    /// After some work by now() threads: its amount, the seconds it took, and the seconds that its threads
    /// slept, all together.
    void worked(double amount, double seconds, double seconds_asleep) noexcept {
        if (all_ == 1) return;
        amount_ += amount;
        seconds_ += seconds;
        asleep_ += seconds_asleep;
        if (seconds_ < shortest) return; // a time slice of the system would decide
        const double rate = amount_ / seconds_;
        const bool sleepy = asleep_ > much * seconds_ * static_cast<double>(now_);
        sleepy_pieces_ = sleepy ? sleepy_pieces_ + 1 : 0; // one alone may be chance
        amount_ = seconds_ = asleep_ = 0;
        if (now_ != best_) { // it was a try
            pause_ = rate > best_rate_ ? first_pause : (std::min)(2 * pause_, longest_pause);
            if (rate > best_rate_) {
                best_ = now_;
                best_rate_ = rate;
            }
            now_ = best_;
            left_ = pause_;
            return;
        }
        best_rate_ = rate;
        if (left_ > 0) --left_;
        if (left_ > 0) return;
        if (sleepy_pieces_ > 1 && now_ > 1)
            now_ = now_ / 2;
        else if (now_ < all_)
            now_ = (std::min)(2 * now_, all_);
    }

private:
    static constexpr double shortest = 0.01; // seconds
    static constexpr double much = 0.3; // of the time: it is half where a core is missing, else next to none
    static constexpr std::size_t first_pause = 4;
    static constexpr std::size_t longest_pause = 64;

    std::size_t all_;
    std::size_t now_;
    std::size_t best_;
    double best_rate_ = 0;
    std::size_t pause_ = first_pause; // pieces of work between two tries
    std::size_t left_ = 0;            // until the next
    std::size_t sleepy_pieces_ = 0;   // one after the other
    double amount_ = 0;               // of the piece of work so far
    double seconds_ = 0;
    double asleep_ = 0;
};

} // namespace graft::inline v0_1
