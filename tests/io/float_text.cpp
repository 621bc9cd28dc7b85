#include <bit>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>

#include <doctest/doctest.h>

#include <graft/core/random.hpp>
#include <graft/io/float_text.hpp>

namespace {

/// Both parsers on a text, of which the padded one may read beyond.
struct outcome {
    std::ptrdiff_t length; // -1: no number
    float value;
};

outcome plain(const std::string& text) {
    float value = 0;
    const char* const end = graft::detail::parse_float(text.data(), text.data() + text.size(), value);
    return {end == nullptr ? -1 : end - text.data(), value};
}

outcome padded(const std::string& number) {
    const auto size = number.size();
    std::string text = number;
    text += ' ';
    text.append(graft::detail::float_text_padding, '\n');
    float value = 0;
    const char* const end = graft::detail::parse_float_padded(text.data(), text.data() + size, value);
    return {end == nullptr ? -1 : end - text.data(), value};
}

void check_as_from_chars(const std::string& text) {
    float expected = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), expected);
    if (failure != std::errc()) return;
    const auto got = padded(text);
    if (got.length != end - text.data() ||
        std::bit_cast<std::uint32_t>(got.value) != std::bit_cast<std::uint32_t>(expected))
        FAIL_CHECK("differs from std::from_chars for " << text);
}

} // namespace

TEST_CASE("numbers of every shape are as std::from_chars reads them") {
    for (const auto* text : {"0",
                             "-0",
                             "0.0",
                             "-0.0",
                             "1",
                             "-1.5",
                             "0.038194",
                             "-0.24487",
                             "12.5",
                             "123456.789",
                             "1.",
                             ".5",
                             "-.5",
                             "0.12345678",
                             "0.123456789",
                             "0.1234567890123456",
                             "0.12345678901234567",
                             "9.99999999",
                             "3.4028235e38",
                             "1.17549435e-38",
                             "1e-45",
                             "1.4e-45",
                             "7.5e-05",
                             "7.5e+05",
                             "-2.5E-3",
                             "1e10",
                             "1.5e22",
                             "1.5e23",
                             "2.5e-30",
                             "0.000000000000000000001",
                             "1.00000005960464477539",
                             "1.0000000596046448",
                             "16777217.0",
                             "nan",
                             "-inf",
                             "infinity",
                             "8.5e",
                             "8.5e+",
                             "8.5x",
                             "1.5e-05x",
                             "1.5e0005",
                             "1_0",
                             "0x10",
                             "1.2.3",
                             "--1",
                             "-"}) {
        CAPTURE(text);
        check_as_from_chars(text);
        CHECK(plain(text).length == padded(text).length);
        if (!std::isnan(plain(text).value)) CHECK(plain(text).value == padded(text).value);
    }
}

TEST_CASE("random numbers are exactly as std::from_chars reads them") {
    graft::random_engine engine(5);
    const auto digit = [&] { return static_cast<char>('0' + graft::draw_below(engine, 10)); };
    for (int i = 0; i < 300'000; ++i) {
        std::string text = graft::draw_below(engine, 2) == 0 ? "-" : "";
        text += digit();
        text += '.';
        for (auto decimals = 1 + graft::draw_below(engine, 17); decimals > 0; --decimals) text += digit();
        if (graft::draw_below(engine, 3) == 0) {
            text += graft::draw_below(engine, 2) == 0 ? "e-" : "e+";
            text += std::to_string(graft::draw_below(engine, 40));
        }
        check_as_from_chars(text);
    }
}

TEST_CASE("numbers on the midpoint of two floats, and beside it, are rounded as std::from_chars does") {
    graft::random_engine engine(6);
    for (int i = 0; i < 100'000; ++i) {
        // Any float in [2^-10, 2^4), its upper neighbour, and the double between them.
        const auto bits = static_cast<std::uint32_t>(0x3a800000U + graft::draw_below(engine, 0x07000000U));
        const double middle = (static_cast<double>(std::bit_cast<float>(bits)) +
                               static_cast<double>(std::bit_cast<float>(bits + 1))) /
                              2;
        for (const int precision : {7, 8, 9, 10, 12, 14, 15, 16, 17}) {
            char digits[64];
            const auto end = std::to_chars(digits, digits + sizeof digits, middle,
                                           std::chars_format::scientific, precision)
                                 .ptr;
            check_as_from_chars({digits, end});
            const auto fixed =
                std::to_chars(digits, digits + sizeof digits, middle, std::chars_format::fixed, precision)
                    .ptr;
            check_as_from_chars({digits, fixed});
        }
    }
}

TEST_CASE("floats that were written with the fewest digits come back") {
    graft::random_engine engine(7);
    for (int i = 0; i < 200'000; ++i) {
        const auto value = std::bit_cast<float>(static_cast<std::uint32_t>(engine()));
        if (!std::isfinite(value)) continue;
        char digits[64];
        const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
        const auto got = padded({digits, end});
        if (std::bit_cast<std::uint32_t>(got.value) != std::bit_cast<std::uint32_t>(value))
            FAIL_CHECK("not read back: " << value);
    }
}

TEST_CASE("a plus is read, and what is beyond the range of float is infinite or zero") {
    const float infinity = std::numeric_limits<float>::infinity();
    for (const auto parse : {plain, padded}) {
        CHECK(parse("+0.5").value == 0.5F);
        CHECK(parse("+").length == -1);
        CHECK(parse("+-1").length == -1);
        CHECK(parse("1e400").value == infinity);
        CHECK(parse("-1e400").value == -infinity);
        CHECK(parse("-1e39").value == -infinity);
        CHECK(parse("1e-400").value == 0);
        CHECK(parse("1e-60").value == 0);
        CHECK(std::signbit(parse("-1e-400").value));
        CHECK(parse(std::string(400, '9')).value == infinity);
        CHECK(parse("0." + std::string(400, '0') + "1").value == 0);
        CHECK(parse("0x10").length == 1);
        CHECK(parse("word").length == -1);
        CHECK(parse("").length == -1);
    }
}

TEST_CASE("up to eight digits are read at once") {
    CHECK(graft::detail::read_digits("12345678").value == 12345678);
    CHECK(graft::detail::read_digits("12345678").count == 8);
    CHECK(graft::detail::read_digits("90 12345").value == 90);
    CHECK(graft::detail::read_digits("90 12345").count == 2);
    CHECK(graft::detail::read_digits("x0 12345").count == 0);
    for (int byte = 0; byte < 256; ++byte) { // no other byte passes for a digit, nor spoils those before it
        std::string text = "123";
        text += static_cast<char>(byte);
        text += "\xff\xff\xff\xff";
        const bool digit = byte >= '0' && byte <= '9';
        CHECK(graft::detail::read_digits(text.data()).count == (digit ? 4 : 3));
        CHECK(graft::detail::read_digits(text.data()).value ==
              (digit ? 1230U + static_cast<unsigned>(byte - '0') : 123U));
    }
}
