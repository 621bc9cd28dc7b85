#pragma once

#include <bit>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <system_error>

#include <graft/io/float_from_chars.hpp>

namespace graft::inline v0_1::detail {

/// Characters that parse_float_padded may look at behind the start of a number.
inline constexpr std::size_t float_text_padding = 32;

/// Whether a number that float does not hold is too small for it, not too large. [from, to): as from_chars
/// reads it, without a sign.
inline bool is_below_range(const char* from, const char* to) noexcept {
    std::ptrdiff_t magnitude = 0; // the number is 0.ddd * 10^magnitude, its first d not 0
    bool point = false;
    bool leading = true;
    const char* at = from;
    for (; at != to && (*at | 0x20) != 'e'; ++at) {
        if (*at == '.') {
            point = true;
            continue;
        }
        leading = leading && *at == '0';
        if (leading == point) magnitude += leading ? -1 : 1;
    }
    if (at == to) return magnitude < 0;
    at += at[1] == '+' ? 2 : 1;
    std::ptrdiff_t exponent = 0;
    if (std::from_chars(at, to, exponent).ec != std::errc()) return *at == '-';
    return exponent < -magnitude;
}

/// The number at [from, to) as std::from_chars reads it, with a leading plus accepted and with what lies
/// beyond the range of float as infinity or zero. Returns where the number ends; null if there is none.
inline const char* parse_float(const char* from, const char* to, float& value) {
    const char* start = from;
    if (start != to && *start == '+') {
        ++start;
        if (start == to || *start == '-') return nullptr;
    }
    const auto [end, failure] = float_from_chars(start, to, value);
    if (failure == std::errc()) return end;
    if (failure != std::errc::result_out_of_range) return nullptr;
    const bool negative = *start == '-';
    value = is_below_range(start + negative, end) ? 0.0F : std::numeric_limits<float>::infinity();
    if (negative) value = -value;
    return end;
}

/// Eight characters that start a number, and how many digits lead them.
struct digit_run {
    std::uint64_t value;
    unsigned count; // 0 to 8
};

/// Reads up to eight digits at once (Lemire, "Quickly parsing eight digits", 2018). Needs eight readable
/// characters and little-endian order.
inline digit_run read_digits(const char* from) noexcept {
    std::uint64_t digits = 0;
    std::memcpy(&digits, from, 8);
    digits ^= 0x3030303030303030U; // a digit's byte is now its value; all others are 10 or more
    const std::uint64_t others = (digits | (digits + 0x0606060606060606U)) & 0xf0f0f0f0f0f0f0f0U;
    const unsigned count = others == 0 ? 8 : static_cast<unsigned>(std::countr_zero(others)) / 8;
    if (count == 0) return {0, 0};
    digits <<= 64 - 8 * count; // as if zeros stood in front
    digits = digits * 10 + (digits >> 8U);
    digits = (((digits & 0x000000ff000000ffU) * 0x000f424000000064U) +
              (((digits >> 16U) & 0x000000ff000000ffU) * 0x0000271000000001U)) >>
             32U;
    return {digits, count};
}

/// The same number as parse_float, faster for what vector files hold: `[-]d.ddd`, with an exponent or not.
/// Needs float_text_padding readable characters from the start, and a character that ends the number.
inline const char* parse_float_padded(const char* from, const char* to, float& value) {
    static constexpr double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                        1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                        1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    static constexpr std::uint64_t whole_powers[] = {1,      10,      100,      1000,     10000,
                                                     100000, 1000000, 10000000, 100000000};
    if constexpr (std::endian::native != std::endian::little) return parse_float(from, to, value);
    const bool negative = *from == '-';
    const char* at = from + negative;
    const unsigned first = static_cast<unsigned char>(*at) - unsigned{'0'};
    if (first > 9 || at[1] != '.') return parse_float(from, to, value);
    const auto decimals = read_digits(at + 2);
    std::uint64_t mantissa = first * whole_powers[decimals.count] + decimals.value;
    int exponent = -static_cast<int>(decimals.count);
    at += 2 + decimals.count;
    if (decimals.count == 8) {
        const auto more = read_digits(at);
        if (more.count == 8) return parse_float(from, to, value);
        mantissa = mantissa * whole_powers[more.count] + more.value;
        exponent -= static_cast<int>(more.count);
        at += more.count;
    }
    if (*at > ' ') { // an exponent, or what is wrong
        if ((*at | 0x20) != 'e' || decimals.count == 0) return parse_float(from, to, value);
        const bool down = at[1] == '-';
        at += 1 + (at[1] == '-' || at[1] == '+');
        const auto power = read_digits(at);
        if (power.count == 0 || power.count > 2 || at[power.count] > ' ') return parse_float(from, to, value);
        exponent += down ? -static_cast<int>(power.value) : static_cast<int>(power.value);
        at += power.count;
    }
    // Mantissa and power are exact doubles, so that one division or product is the true value rounded once.
    // Rounding it again to float is only wrong where it lies on the midpoint of two floats: those go the long
    // way, as do the values that are not exact (Clinger 1990).
    if (mantissa > (std::uint64_t{1} << 53U) || exponent < -22 || exponent > 22)
        return parse_float(from, to, value);
    const double whole = static_cast<double>(static_cast<std::int64_t>(mantissa));
    const double wide = exponent < 0 ? whole / powers[-exponent] : whole * powers[exponent];
    if ((std::bit_cast<std::uint64_t>(wide) & 0x1fffffffU) == 0x10000000U)
        return parse_float(from, to, value);
    const float narrow = static_cast<float>(wide);
    value = negative ? -narrow : narrow;
    return at;
}

} // namespace graft::inline v0_1::detail
