#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

#include <graft/core/detail/string_hash.hpp>

namespace graft::inline v0_1::detail {

/// A number of 64 bits that tells contents apart: the same in every program for the same pieces in the same order,
/// and another for all others but by chance. It does not keep anyone from making two contents of one fingerprint.
class fingerprint {
public:
    void add(std::string_view bytes) noexcept {
        const std::uint64_t both[] = {value_, hash_(bytes)};
        value_ = hash_({reinterpret_cast<const char*>(both), sizeof both});
    }
    template <class T>
    void add(std::span<const T> numbers) noexcept {
        static_assert(std::is_arithmetic_v<T> || std::is_enum_v<T>); // no bytes without a meaning
        add(std::string_view(reinterpret_cast<const char*>(numbers.data()), numbers.size_bytes()));
    }

    [[nodiscard]] std::uint64_t value() const noexcept { return value_; }
    /// 16 hexadecimal digits.
    [[nodiscard]] std::string text() const {
        std::string digits;
        for (unsigned shift = 64; shift > 0; shift -= 4)
            digits += "0123456789abcdef"[value_ >> (shift - 4) & 0xfU];
        return digits;
    }

private:
    string_hash hash_{0x67'7261'6674U}; // files hold what it gives: it stays
    std::uint64_t value_ = 0;
};

} // namespace graft::inline v0_1::detail
