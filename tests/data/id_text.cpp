#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include <doctest/doctest.h>

#include <graft/data/detail/id_text.hpp>

namespace {

std::string text_of(const auto& id) { return std::string(std::string_view(graft::detail::id_text(id))); }

} // namespace

TEST_CASE("the id of a whole number is its decimal text, that of text the text itself") {
    CHECK(text_of(0) == "0");
    CHECK(text_of((std::numeric_limits<std::int64_t>::min)()) == "-9223372036854775808");
    CHECK(text_of((std::numeric_limits<std::uint64_t>::max)()) == "18446744073709551615");
    CHECK(text_of(std::uint8_t{200}) == "200");
    CHECK(text_of("007") == "007");
    CHECK(text_of(std::string(50, 'x')) == std::string(50, 'x'));
}

TEST_CASE("a truth value, a character and a fraction are no ids") {
    CHECK(graft::id_like<int>);
    CHECK(graft::id_like<std::string_view>);
    CHECK_FALSE(graft::id_like<bool>);
    CHECK_FALSE(graft::id_like<char>);
    CHECK_FALSE(graft::id_like<double>);
}
