#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include <doctest/doctest.h>

#include <graft/cluster/detail/joined_ids.hpp>
#include <graft/cluster/detail/ranks.hpp>
#include <graft/data/id_map.hpp>

TEST_CASE("ids of many ranks stand in the order of the ranks, each once") {
    const graft::detail::ranks all;
    graft::id_map known, own;
    known.insert("known");
    own.insert("all have it");
    for (std::size_t k = 0; k < 40'000; ++k) // in several messages
        own.insert(std::string(60, 'x') + std::to_string(all.me() + k));
    std::uint32_t next = 1;
    const auto joined = graft::detail::join_ids(all, std::make_shared<const graft::id_map>(known), own,
                                                [&] { return next++; });
    CHECK(joined.all->size() == 2 + 40'000 + all.size() - 1);
    CHECK(joined.all->id(1) == "all have it");
    CHECK(joined.rows[0] == 1);
    bool right = true;
    for (std::size_t k = 0; k < own.size(); ++k) right = right && joined.all->id(joined.rows[k]) == own.id(k);
    for (std::size_t k = 2; k < joined.all->size(); ++k)
        right = right && joined.all->id(k) == std::string(60, 'x') + std::to_string(k - 2);
    CHECK(right);
}
