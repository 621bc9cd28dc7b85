#include <cmath>
#include <limits>
#include <string>

#include <doctest/doctest.h>

#include <graft/vectors/detail/number_type.hpp>

#include <support/files.hpp>

using graft::detail::load_number;
using graft::detail::number_type;
using test::bytes_of;

TEST_CASE("numbers of each type are read from any place") {
    const auto load = [](const std::string& bytes, number_type type) {
        const std::string shifted = "." + bytes;
        CHECK(bytes.size() == graft::detail::size_of(type));
        return load_number(shifted.data() + 1, type);
    };
    CHECK(load("\x01\xc5", number_type::float16) == -5.00390625F);
    CHECK(load("\x20\x40", number_type::bfloat16) == 2.5F);
    CHECK(load(bytes_of(1e-3F), number_type::float32) == 1e-3F);
    CHECK(load(bytes_of(0.1), number_type::float64) == 0.1F);
}

TEST_CASE("a double beyond the range of float is infinite, one that rounds to the largest float is not") {
    const auto load = [](double number) {
        return load_number(bytes_of(number).data(), number_type::float64);
    };
    constexpr float largest = (std::numeric_limits<float>::max)();
    constexpr float infinity = std::numeric_limits<float>::infinity();
    CHECK(load(0x1.fffffefffffffp127) == largest);
    CHECK(load(-0x1.fffffefffffffp127) == -largest);
    CHECK(load(0x1.ffffffp127) == infinity);
    CHECK(load(-1e300) == -infinity);
    CHECK(load(std::numeric_limits<double>::infinity()) == infinity);
    CHECK(std::isnan(load(std::numeric_limits<double>::quiet_NaN())));
}
