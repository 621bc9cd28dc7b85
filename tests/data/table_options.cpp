#include <cstddef>
#include <string>
#include <string_view>

#include <doctest/doctest.h>

#include <graft/core/error.hpp>
#include <graft/data/table_options.hpp>

TEST_CASE("a column is a name, a place counted from 0, or neither") {
    const graft::column none;
    CHECK_FALSE(none.given());
    CHECK_FALSE(graft::column("").given());
    for (const graft::column& named :
         {graft::column("who"), graft::column(std::string("who")), graft::column(std::string_view("who"))}) {
        CHECK(named.given());
        CHECK(named.name() == "who");
        CHECK_FALSE(named.place());
    }
    for (const graft::column& placed : {graft::column(0), graft::column(std::size_t{0}), graft::column(0U)}) {
        CHECK(placed.given());
        CHECK(placed.name().empty());
        CHECK(placed.place() == 0U);
    }
    CHECK_THROWS_WITH_AS(graft::column(-1), "column: places are counted from 0", graft::argument_error);
}
