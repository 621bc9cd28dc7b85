#pragma once

#include <chrono>
#include <cstdint>
#include <random>

namespace graft::inline v0_1::detail {

/// A number that is drawn once per process and that nobody outside can know: for hashes and for names that
/// must not meet. No result depends on it.
[[nodiscard]] inline std::uint64_t process_entropy() noexcept {
    static const std::uint64_t drawn = [] {
        // The clock and an address stand in where the system has no random numbers, or always the same.
        static const char anchor = 0;
        std::uint64_t number =
            static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count()) *
                0x9e37'79b9'7f4a'7c15U ^
            static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(&anchor));
        try {
            std::random_device source;
            number ^= std::uint64_t{source()} << 32U ^ source();
        } catch (...) {}
        return number;
    }();
    return drawn;
}

} // namespace graft::inline v0_1::detail
