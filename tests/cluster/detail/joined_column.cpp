#include <cstddef>
#include <vector>

#include <doctest/doctest.h>

#include <graft/cluster/detail/joined_column.hpp>
#include <graft/cluster/detail/ranks.hpp>

TEST_CASE("columns of ranks are joined in their order, in one message or several") {
    const graft::detail::ranks all;
    for (const std::size_t some : {1U, 5U, 1000U})
        for (const std::size_t empty : {0U, 1U, 3U, 9U}) { // the rank that has nothing
            std::vector<std::size_t> sizes;
            std::vector<double> want, column;
            for (std::size_t rank = 0; rank < all.size(); ++rank) {
                sizes.push_back(rank == empty ? 0 : 10 - 3 * (rank % 3));
                for (std::size_t k = 0; k < sizes[rank]; ++k) {
                    want.push_back(static_cast<double>(100 * rank + k));
                    if (rank == all.me()) column.push_back(want.back());
                }
            }
            graft::detail::join_column(all, sizes, column, some);
            CHECK(column == want);
        }
}
