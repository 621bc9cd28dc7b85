#include <algorithm>
#include <map>
#include <vector>

#include <doctest/doctest.h>

#include <graft/backend/device/host_system.hpp>
#include <graft/backend/device/plan.hpp>
#include <graft/core/ids.hpp>
#include <graft/core/random.hpp>

namespace {

void check(std::size_t size, std::size_t batch, std::size_t rows) {
    graft::random_engine engine(size + batch);
    std::vector<graft::user_id> ids;
    for (std::size_t k = 0; k < size; ++k)
        ids.push_back(static_cast<graft::user_id>(graft::draw_below(engine, rows)));
    graft::cpp_system::stream stream;
    graft::detail::side_plan<graft::cpp_system> plan;
    const auto side = plan.make(stream, ids.data(), size, batch);
    std::uint32_t slots = 0;
    for (std::size_t begin = 0; begin < size; begin += batch) {
        const std::size_t end = std::min(size, begin + batch);
        std::map<std::uint32_t, std::vector<std::uint32_t>> places; // the plain version
        for (std::size_t k = begin; k < end; ++k)
            places[static_cast<std::uint32_t>(ids[k])].push_back(static_cast<std::uint32_t>(k));
        CHECK(side.first_slot(static_cast<std::uint32_t>(begin)) == slots);
        for (const auto& [row, at] : places) {
            CHECK(side.rows[slots] == row);
            CHECK(std::vector(side.places + side.begin[slots], side.places + side.begin[slots + 1]) == at);
            for (const auto place : at) CHECK(side.slot[place] == slots);
            ++slots;
        }
        CHECK(side.end_slot(static_cast<std::uint32_t>(end)) == slots);
    }
    CHECK(side.begin[slots] == size);
}

} // namespace

TEST_CASE("a plan has each row of each step once, with its places in the order of the batch") {
    check(1, 1, 1);
    check(100, 7, 5);      // rows several times in a batch, a short last one
    check(100, 1, 1000);   // one interaction a step
    check(100, 100, 1);    // one row
    check(5000, 512, 300); // several steps
}
