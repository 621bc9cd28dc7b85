#include <map>
#include <vector>

#include <doctest/doctest.h>

#include <graft/backend/cpu/batch_plan.hpp>
#include <graft/core/ids.hpp>
#include <graft/core/random.hpp>

TEST_CASE("a plan groups the places of a batch by row, for tables of any size") {
    graft::random_engine engine(1);
    for (const std::size_t rows :
         {1ULL, 2ULL, 3ULL, 1000ULL, 2048ULL, 2049ULL, 5'000'000ULL, 4'294'967'294ULL}) {
        for (const std::size_t size : {1U, 7U, 300U}) {
            std::vector<graft::user_id> ids;
            std::map<std::uint32_t, std::vector<std::uint32_t>> want;
            for (std::uint32_t k = 0; k < size; ++k) {
                const auto spread =
                    graft::draw_below(engine, 2) == 0 ? rows : (std::min)(rows, std::size_t{5});
                ids.push_back(static_cast<graft::user_id>(rows - 1 - graft::draw_below(engine, spread)));
                want[static_cast<std::uint32_t>(ids.back())].push_back(k);
            }
            graft::detail::batch_side side;
            std::vector<std::uint32_t> slots(size);
            side.plan<graft::user_id>(ids, rows, slots.data());
            REQUIRE(side.rows.size() == want.size());
            REQUIRE(side.begin.size() == want.size() + 1);
            std::size_t slot = 0;
            for (const auto& [row, places] : want) {
                CHECK(side.rows[slot] == row);
                CHECK(std::vector(side.positions.begin() + side.begin[slot],
                                  side.positions.begin() + side.begin[slot + 1]) == places);
                for (const auto k : places) CHECK(slots[k] == slot);
                ++slot;
            }
            CHECK(side.first_from(0) == 0);
            CHECK(side.first_from(side.rows.back()) == want.size() - 1);
            CHECK(side.first_from(side.rows.back() + 1) == want.size());
        }
    }
}
