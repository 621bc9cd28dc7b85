#include <limits>
#include <string>

#include <doctest/doctest.h>

#include <graft/vectors/detail/check_dim.hpp>

TEST_CASE("rows have 1 to 2^24 numbers, and any count of these where there are no rows") {
    using graft::detail::check_dim;
    using graft::detail::largest_dim;
    const graft::detail::file_place place{false, 7};
    check_dim(1, 1, "f", place);
    check_dim(1, largest_dim, "f", place);
    check_dim(0, 0, "f", place);
    CHECK_THROWS_WITH_AS(check_dim(1, 0, "f", place),
                         "f: byte 7: the header promises rows of 0 numbers; correct it", graft::format_error);
    for (const std::size_t rows : {0U, 1U})
        for (const std::size_t dim : {largest_dim + 1, (std::numeric_limits<std::size_t>::max)()})
            CHECK_THROWS_WITH_AS(
                check_dim(rows, dim, "f", place),
                ("f: byte 7: the header promises rows of " + std::to_string(dim) + " numbers; correct it")
                    .c_str(),
                graft::format_error);
}
