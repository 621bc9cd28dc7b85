#include <doctest/doctest.h>

#include <graft/data/detail/row_lines.hpp>

TEST_CASE("the line of each row is known, over blank lines and blocks") {
    graft::detail::row_lines block;
    block.add(0, 1);
    block.add(1, 2);
    block.add(2, 5);
    block.add(3, 6);
    graft::detail::row_lines all;
    all.append(block, 0, 1);
    all.append(block, 4, 7);
    const std::size_t expected[] = {2, 3, 6, 7, 8, 9, 12, 13};
    for (std::size_t row = 0; row < 8; ++row) CHECK(all.line_of(row) == expected[row]);
}
