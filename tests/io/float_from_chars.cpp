#include <string>
#include <system_error>

#include <doctest/doctest.h>

#include <graft/io/float_from_chars.hpp>

TEST_CASE("a float is read up to where it ends, whatever standard library there is") {
    const std::string text = "-2.5e1;";
    float value = 0;
    const auto [end, failure] =
        graft::detail::float_from_chars(text.data(), text.data() + text.size(), value);
    CHECK(failure == std::errc());
    CHECK(end == text.data() + 6);
    CHECK(value == -25.0F);
}
