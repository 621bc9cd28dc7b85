#include <cstddef>
#include <optional>

#include <doctest/doctest.h>

#include <graft/core/error.hpp>
#include <graft/data/detail/known_row.hpp>

TEST_CASE("an id without a row is named") {
    CHECK(graft::detail::known_row("model", "user", "ann", std::size_t{3}, 9) == 3);
    CHECK_THROWS_WITH_AS(
        static_cast<void>(graft::detail::known_row("model", "item", "te\na", std::nullopt, 9)),
        "model: item 'te\\x0aa' is unknown: it is none of the 9 that have ids", graft::argument_error);
}
