#pragma once

namespace graft::inline v0_1::detail {

/// Waits for `done()` for about as long as waking a thread takes, some 50 us; false if it did not come true.
/// Threads that meet every few microseconds would lose more time asleep than at work.
template <class Done>
[[nodiscard]] bool spin_until(const Done& done) {
    for (int turn = 0; turn < 2000; ++turn) {
        if (done()) return true;
#if defined(__x86_64__) || defined(__i386__)
        __builtin_ia32_pause();
#endif
    }
    return done();
}

} // namespace graft::inline v0_1::detail
