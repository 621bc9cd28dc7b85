#pragma once

#include <charconv>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <locale.h>
#include <stdlib.h>
#include <string>
#include <string_view>
#include <system_error>
#if __has_include(<xlocale.h>)
#include <xlocale.h>
#endif

namespace graft::inline v0_1::detail {

/// Characters of the number that std::from_chars would read at the start of the text; 0 if there is none.
[[nodiscard]] inline std::size_t float_length(std::string_view text) noexcept {
    std::size_t at = text.starts_with('-');
    const auto lower = [&](std::size_t i) {
        return i < text.size() ? static_cast<char>(text[i] | 0x20) : ' ';
    };
    const auto word = [&](std::string_view wanted) {
        for (std::size_t i = 0; i < wanted.size(); ++i)
            if (lower(at + i) != wanted[i]) return false;
        return true;
    };
    for (const std::string_view name : {"infinity", "inf", "nan"})
        if (word(name)) return at + name.size();
    const auto digits = [&] {
        const std::size_t first = at;
        while (at < text.size() && text[at] >= '0' && text[at] <= '9') ++at;
        return at - first;
    };
    std::size_t count = digits();
    if (at < text.size() && text[at] == '.') {
        ++at;
        count += digits();
        if (count == 0) return 0;
    }
    if (count == 0) return 0;
    if (lower(at) == 'e') {
        const std::size_t end = at++;
        if (at < text.size() && (text[at] == '-' || text[at] == '+')) ++at;
        if (digits() == 0) return end;
    }
    return at;
}

/// As std::from_chars for float or double, by POSIX's strtof or strtod in the C locale: for standard libraries
/// that have it for integers alone.
template <std::floating_point Float>
std::from_chars_result float_by_strtof(const char* from, const char* to, Float& value) {
    const std::string number(from, float_length({from, static_cast<std::size_t>(to - from)}));
    if (number.empty()) return {from, std::errc::invalid_argument};
    static const locale_t c = ::newlocale(LC_ALL_MASK, "C", nullptr);
    Float read = 0;
    if constexpr (std::same_as<Float, float>)
        read = ::strtof_l(number.c_str(), nullptr, c);
    else
        read = ::strtod_l(number.c_str(), nullptr, c);
    const char* const end = from + number.size();
    const bool finite_text = number.find_first_of("nN") == std::string::npos; // neither inf nor nan
    const auto mantissa = std::string_view(number).substr(0, number.find_first_of("eE"));
    if (finite_text &&
        (std::isinf(read) || (read == 0 && mantissa.find_first_of("123456789") != mantissa.npos)))
        return {end, std::errc::result_out_of_range};
    value = read;
    return {end, std::errc()};
}

} // namespace graft::inline v0_1::detail
