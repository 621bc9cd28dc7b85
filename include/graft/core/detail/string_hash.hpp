#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace graft::inline v0_1::detail {

/// A 64-bit hash of a text that depends on a seed, 16 bytes at a time: the two halves of a product of 128
/// bits, exclusive or (as wyhash, Wang Yi 2019). Both factors hold numbers of the seed. Whoever does not know it
/// cannot choose texts of equal hashes, nor texts that make a factor 0.
class string_hash {
public:
    explicit string_hash(std::uint64_t seed) noexcept {
        for (auto& key : keys_) { // SplitMix64 (Steele, Lea & Flood 2014)
            seed += 0x9e37'79b9'7f4a'7c15U;
            key = (seed ^ seed >> 30U) * 0xbf58'476d'1ce4'e5b9U;
            key = (key ^ key >> 27U) * 0x94d0'49bb'1331'11ebU;
            key ^= key >> 31U;
        }
    }

    [[nodiscard]] std::uint64_t operator()(std::string_view text) const noexcept {
        const char* at = text.data();
        std::size_t left = text.size();
        std::uint64_t state = keys_[0];
        for (; left > 16; at += 16, left -= 16)
            state = fold(load<std::uint64_t>(at) ^ keys_[1], load<std::uint64_t>(at + 8) ^ state);
        std::uint64_t a = 0; // the rest, its bytes once or twice
        std::uint64_t b = 0;
        if (left >= 8) {
            a = load<std::uint64_t>(at);
            b = load<std::uint64_t>(at + left - 8);
        } else if (left >= 4) {
            a = load<std::uint32_t>(at);
            b = load<std::uint32_t>(at + left - 4);
        } else if (left > 0) {
            a = std::uint64_t{load<unsigned char>(at)} << 16U |
                std::uint64_t{load<unsigned char>(at + left / 2)} << 8U | load<unsigned char>(at + left - 1);
        }
        return fold(fold(a ^ keys_[1], b ^ state), keys_[2] ^ text.size());
    }

    /// Of two numbers.
    [[nodiscard]] std::uint64_t operator()(std::uint64_t a, std::uint64_t b) const noexcept {
        return fold(a ^ keys_[1], b ^ keys_[0]);
    }

    /// The numbers that the seed gave.
    [[nodiscard]] const std::uint64_t (&keys() const noexcept)[3] { return keys_; }

private:
    template <class T>
    [[nodiscard]] static T load(const char* from) noexcept {
        T value;
        std::memcpy(&value, from, sizeof value);
        return value;
    }
    [[nodiscard]] static std::uint64_t fold(std::uint64_t a, std::uint64_t b) noexcept {
#ifdef __SIZEOF_INT128__
        __extension__ using wide = unsigned __int128;
        const wide product = wide{a} * b;
        return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64U);
#else
        constexpr std::uint64_t half = 0xffff'ffffU;
        const std::uint64_t low = (a & half) * (b & half);
        const std::uint64_t cross = (a >> 32U) * (b & half) + (low >> 32U);
        const std::uint64_t other = (a & half) * (b >> 32U) + (cross & half);
        const std::uint64_t high = (a >> 32U) * (b >> 32U) + (cross >> 32U) + (other >> 32U);
        return (other << 32U | (low & half)) ^ high;
#endif
    }

    std::uint64_t keys_[3];
};

} // namespace graft::inline v0_1::detail
