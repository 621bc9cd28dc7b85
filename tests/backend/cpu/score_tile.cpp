#include <cstddef>
#include <vector>

#include <doctest/doctest.h>

#include <graft/backend/cpu/score_tile.hpp>
#include <graft/backend/cpu/scores.hpp>
#include <graft/core/random.hpp>

namespace {

/// Each product of a tile against the product of its rows, bit by bit.
template <class Scalar>
void check_tiles() {
    using tile = graft::detail::score_tile<Scalar>;
    graft::random_engine engine(2);
    for (std::size_t dim = 1; dim < 70; ++dim)
        for (const std::size_t missing : {0U, 1U}) { // the last columns may be empty
            std::vector<std::vector<Scalar>> users(tile::users), items(tile::items);
            for (auto* rows : {&users, &items})
                for (auto& row : *rows) {
                    row.resize(dim);
                    for (auto& x : row) x = static_cast<Scalar>(graft::draw_normal_pair(engine).first);
                }
            std::vector<Scalar> packed_users(dim * tile::users), packed_items(dim * tile::items);
            tile::template pack<tile::users>(
                tile::users - missing, dim, [&](std::size_t u) { return users[u].data(); },
                packed_users.data());
            tile::template pack<tile::items>(
                tile::items - missing, dim, [&](std::size_t i) { return items[i].data(); },
                packed_items.data());
            typename tile::packet products[tile::size];
            tile::multiply(packed_users.data(), packed_items.data(), dim, products);
            Scalar numbers[tile::users * tile::items];
            tile::for_each_product(
                [&](auto i) { Eigen::internal::pstoreu(numbers + i() * tile::lanes, products[i()]); });
            bool same = true;
            for (std::size_t u = 0; u < tile::users; ++u)
                for (std::size_t i = 0; i < tile::items; ++i) {
                    const bool empty = u >= tile::users - missing || i >= tile::items - missing;
                    same = same &&
                           numbers[u * tile::items + i] ==
                               (empty ? Scalar(0)
                                      : graft::detail::score_product(users[u].data(), items[i].data(), dim));
                }
            INFO("dim " << dim << ", " << missing << " missing");
            CHECK(same);
        }
}

} // namespace

TEST_CASE("a tile's products have the bits of its pairs") {
    check_tiles<float>();
    check_tiles<double>();
}
