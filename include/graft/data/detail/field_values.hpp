#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <graft/core/detail/utf8.hpp>
#include <graft/core/host_device.hpp>
#include <graft/data/detail/dialect.hpp>
#include <graft/data/table_options.hpp>
#include <graft/io/float_from_chars.hpp>

namespace graft::inline v0_1::detail {

/// Which texts stand for something that is missing.
class missing_words {
public:
    explicit missing_words(const std::optional<std::vector<std::string>>& given) {
        if (given) {
            ids_ = values_ = *given;
        } else {
            ids_ = {"\\N", "NaN", "nan", "NULL"};
            values_ = {"\\N", "NaN", "nan", "NULL", "null", "None", "NA", "N/A", "#N/A", "<NA>", "NAN"};
        }
        for (const auto& word : ids_)
            if (!word.empty()) starts_[static_cast<unsigned char>(word[0])] = true;
    }

    [[nodiscard]] bool missing_id(std::string_view id) const noexcept {
        if (id.empty()) return true;
        if (!starts_[static_cast<unsigned char>(id[0])]) [[likely]]
            return false;
        return among(ids_, id);
    }
    /// Of a text that is no number.
    [[nodiscard]] bool missing_value(std::string_view text) const noexcept {
        return text.empty() || among(values_, text);
    }

private:
    static bool among(const std::vector<std::string>& words, std::string_view text) noexcept {
        return std::find(words.begin(), words.end(), text) != words.end();
    }
    std::vector<std::string> ids_;
    std::vector<std::string> values_;
    std::array<bool, 256> starts_{}; // the first characters of ids_
};

/// What is wrong with a field: nothing where it was read.
struct field_fault {
    bool missing = false;
    std::string what;
    [[nodiscard]] bool any() const noexcept { return missing || !what.empty(); }
};

/// Reads the ratings of a table.
class value_parser {
public:
    value_parser(const table_options& options, const missing_words& missing)
        : decimal_comma_(options.decimal_comma), missing_(missing) {}

    /// A finite float, with a plus or a decimal comma where the options allow one.
    [[nodiscard]] GRAFT_ALWAYS_INLINE bool parse(std::string_view field, float& value) const noexcept {
        const auto digit = [&](std::size_t i) { return static_cast<unsigned char>(field[i] - '0'); };
        if (field.size() == 1 && digit(0) <= 9) { // most ratings
            value = static_cast<float>(digit(0));
            return true;
        }
        if (field.size() == 3 && field[1] == '.' && digit(0) <= 9 && digit(2) <= 9) {
            value = static_cast<float>(10 * digit(0) + digit(2)) / 10; // rounded once, so as from_chars
            return true;
        }
        return parse_any(field, value);
    }

    /// What is wrong with a field that parse refuses.
    [[nodiscard]] field_fault fault(std::string_view field) const {
        if (missing_.missing_value(field))
            return {true, field.empty() ? "the rating is missing"
                                        : "the rating " + detail::quote(field) + " is not a number"};
        float value = 0;
        const auto problem = parse_exactly(field, value);
        const auto shown = "the rating " + detail::quote(field);
        if (problem == std::errc::result_out_of_range)
            return {false, shown + " is out of the range of float"};
        if (problem == std::errc()) return {false, shown + " is not finite"};
        const auto comma = field.find(',');
        if (comma != std::string_view::npos && comma == field.rfind(',') && looks_like_number(field) &&
            !decimal_comma_)
            return {false, shown + " has a decimal comma; choose .decimal_comma = true"};
        return {false, shown + " is not a number"};
    }

private:
    [[nodiscard]] bool parse_any(std::string_view field, float& value) const noexcept {
        char dotted[64];
        if (decimal_comma_ && field.find(',') != std::string_view::npos) {
            if (field.find('.') != std::string_view::npos || field.size() > sizeof dotted) return false;
            std::replace_copy(field.begin(), field.end(), dotted, ',', '.');
            field = {dotted, field.size()};
        }
        return parse_exactly(field, value) == std::errc() && std::isfinite(value);
    }
    static std::errc parse_exactly(std::string_view field, float& value) noexcept {
        const auto digits = field.substr(field.starts_with('+') && !field.starts_with("+-") ? 1 : 0);
        const auto [end, problem] = float_from_chars(digits.data(), digits.data() + digits.size(), value);
        if (problem == std::errc() && end != digits.data() + digits.size())
            return std::errc::invalid_argument;
        return problem;
    }

    bool decimal_comma_;
    const missing_words& missing_;
};

/// Days from 1970-01-01 to a date of the Gregorian calendar (Hinnant, "chrono-compatible low-level date
/// algorithms").
[[nodiscard]] constexpr std::int64_t days_from_civil(std::int64_t year, unsigned month,
                                                     unsigned day) noexcept {
    year -= month <= 2;
    const std::int64_t era = (year >= 0 ? year : year - 399) / 400;
    const auto year_of_era = static_cast<unsigned>(year - era * 400);
    const unsigned day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    const unsigned day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146'097 + static_cast<std::int64_t>(day_of_era) - 719'468;
}

/// Seconds since 1970 of an ISO 8601 date: 2005-04-02, 2005-04-02 23:53, 2005-04-02T23:53:47.5Z or with an
/// offset as +02:00; without one it is UTC. Parts of a second are cut off.
[[nodiscard]] inline std::optional<std::int64_t> parse_iso_date(std::string_view text) noexcept {
    std::size_t at = 0;
    bool right = true;
    const auto number = [&](std::size_t digits, unsigned low, unsigned high) {
        unsigned value = 0;
        for (std::size_t i = 0; i < digits; ++i, ++at) {
            if (at >= text.size() || text[at] < '0' || text[at] > '9') {
                right = false;
                return low;
            }
            value = 10 * value + static_cast<unsigned>(text[at] - '0');
        }
        right = right && value >= low && value <= high;
        return value;
    };
    const auto accept = [&](std::string_view any) {
        if (at >= text.size() || any.find(text[at]) == std::string_view::npos) return false;
        ++at;
        return true;
    };
    const auto year = number(4, 0, 9999);
    right = right && accept("-/");
    if (!right) return std::nullopt;
    const char between = text[at - 1];
    const auto month = number(2, 1, 12);
    right = right && accept(std::string_view(&between, 1));
    const auto day = number(2, 1, 31);
    constexpr unsigned days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (!right) return std::nullopt;
    const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    if (day > days[month - 1] + (month == 2 && leap ? 1 : 0)) return std::nullopt;
    std::int64_t seconds = days_from_civil(year, month, day) * 86'400;
    if (at == text.size()) return seconds;
    if (!accept(" T")) return std::nullopt;
    seconds += 3600 * std::int64_t{number(2, 0, 23)};
    right = right && accept(":");
    seconds += 60 * std::int64_t{number(2, 0, 59)};
    if (right && accept(":")) seconds += number(2, 0, 60);
    if (right && accept(".,")) {
        static_cast<void>(number(1, 0, 9));
        while (at < text.size() && text[at] >= '0' && text[at] <= '9') ++at;
    }
    if (!right) return std::nullopt;
    if (text.substr(at) == " UTC" || text.substr(at) == "Z") return seconds;
    if (accept("+-")) {
        const std::int64_t sign = text[at - 1] == '+' ? -1 : 1;
        const std::int64_t hours = number(2, 0, 23);
        accept(":");
        const std::int64_t minutes = at < text.size() ? number(2, 0, 59) : 0;
        seconds += sign * (3600 * hours + 60 * minutes);
    }
    if (!right || at != text.size()) return std::nullopt;
    return seconds;
}

/// The number that 8 to 18 digits make, 8 of them at once; nothing for any other text. Pairs of digits are put together,
/// then pairs of those, then the two halves.
[[nodiscard]] inline std::optional<std::int64_t> long_number(std::string_view digits) noexcept {
    if constexpr (std::endian::native == std::endian::little) {
        if (digits.size() < 8 || digits.size() > 18) return std::nullopt;
        constexpr std::uint64_t ones = 0x0101'0101'0101'0101U;
        std::uint64_t eight = 0;
        std::memcpy(&eight, digits.data(), 8);
        const std::uint64_t values = eight - '0' * ones;
        if (((eight + 0x46 * ones) | values) & 0x80 * ones) return std::nullopt;
        const std::uint64_t pairs = values * 10 + (values >> 8U);
        constexpr std::uint64_t outer = 0x0000'00ff'0000'00ffU;
        const std::uint64_t halves = (pairs & outer) * (100 + (1'000'000ULL << 32U)) +
                                     ((pairs >> 16U) & outer) * (1 + (10'000ULL << 32U));
        auto number = static_cast<std::int64_t>(halves >> 32U);
        for (const char c : digits.substr(8)) {
            if (c < '0' || c > '9') return std::nullopt;
            number = 10 * number + (c - '0');
        }
        return number;
    } else {
        return std::nullopt;
    }
}

[[nodiscard]] inline bool parse_any_time(std::string_view field, std::int64_t& time) {
    const char* const end = field.data() + field.size();
    const auto [stop, problem] = std::from_chars(field.data(), end, time);
    if (problem == std::errc() && stop == end) return true;
    if (const auto date = parse_iso_date(field)) {
        time = *date;
        return true;
    }
    double number = 0;
    const auto [last, failure] = float_from_chars(field.data(), end, number);
    if (failure != std::errc() || last != end || !(std::abs(number) < 9e15)) return false;
    time = static_cast<std::int64_t>(std::floor(number));
    return true;
}

/// A time: a whole number, also one with zeros or parts of a unit behind a point, which are cut off, or an
/// ISO 8601 date.
[[nodiscard]] GRAFT_ALWAYS_INLINE bool parse_time(std::string_view field, std::int64_t& time) {
    if (const auto number = long_number(field)) { // most times
        time = *number;
        return true;
    }
    return parse_any_time(field, time);
}

[[nodiscard]] inline field_fault time_fault(std::string_view field, const missing_words& missing) {
    if (missing.missing_value(field))
        return {true,
                field.empty() ? "the time is missing" : "the time " + detail::quote(field) + " is no time"};
    return {false, "the time " + detail::quote(field) +
                       " is neither a whole number nor a date as 2005-04-02 23:53:47; skip times with "
                       "ratings_options::read_times = false"};
}

} // namespace graft::inline v0_1::detail
