#include <version>

#if !defined(_WIN32) && defined(__cpp_lib_to_chars) // what it stands in for, to compare it with
#include <bit>
#include <charconv>
#include <clocale>
#include <cstdint>
#include <cstdio>
#include <string>
#include <system_error>

#include <doctest/doctest.h>

#include <graft/core/random.hpp>
#include <graft/io/float_by_strtof.hpp>

namespace {

void check_as_from_chars(const std::string& text) {
    float expected = 7;
    float got = 7;
    const char* const end = text.data() + text.size();
    const auto theirs = std::from_chars(text.data(), end, expected);
    const auto ours = graft::detail::float_by_strtof(text.data(), end, got);
    if (ours.ec != theirs.ec || ours.ptr != theirs.ptr ||
        std::bit_cast<std::uint32_t>(got) != std::bit_cast<std::uint32_t>(expected))
        FAIL_CHECK("differs from std::from_chars for " << text);
}

} // namespace

TEST_CASE("strtof reads numbers, and what is none, as std::from_chars does") {
    for (const auto* text : {"",
                             "-",
                             "+1",
                             "1",
                             "-1.5",
                             "1.",
                             ".5",
                             ".",
                             "-.",
                             "1e5",
                             "1e",
                             "1e+",
                             "1e-3x",
                             "1.5e+07",
                             "0x10",
                             "inf",
                             "-INF",
                             "infinity",
                             "infinit",
                             "nan",
                             " 1",
                             "1 ",
                             "1,5",
                             "0e999",
                             "1e39",
                             "-1e39",
                             "1e-46",
                             "-1e-60",
                             "1e-45",
                             "1e99999",
                             "3.4028235e38",
                             "3.4028236e38",
                             "1e-99999",
                             "--1",
                             "e5",
                             "1.2.3",
                             "0.00000000000000000000000000000000000001"})
        check_as_from_chars(text);
}

TEST_CASE("random bits printed with any number of digits are read as std::from_chars does") {
    graft::random_engine engine(1);
    for (int i = 0; i < 20000; ++i) {
        const auto bits = static_cast<std::uint32_t>(graft::draw_below(engine, std::uint64_t{1} << 32U));
        char text[200];
        std::snprintf(text, sizeof text, i % 2 == 0 ? "%.*e" : "%.*g", i % 30,
                      static_cast<double>(std::bit_cast<float>(bits)));
        if (std::string(text).find("nan") == std::string::npos) check_as_from_chars(text);
    }
}

TEST_CASE("the program's locale does not matter to numbers") {
    const std::string before = std::setlocale(LC_ALL, nullptr);
    for (const auto* name : {"de_DE.UTF-8", "fr_FR.UTF-8"}) // where there is one
        if (std::setlocale(LC_ALL, name) != nullptr) break;
    check_as_from_chars("1.5");
    check_as_from_chars("1,5");
    std::setlocale(LC_ALL, before.c_str());
}
#endif
