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
            std::vector<std::uint32_t> place_at(size, 0);
            std::vector<std::size_t> slot_at(size, 0);
            graft::detail::batch_sorter sorter;
            sorter.sort(std::span<const graft::user_id>(ids), rows, side,
                        [&](std::size_t i, std::size_t place, std::size_t at) {
                            place_at[i] = static_cast<std::uint32_t>(place);
                            slot_at[i] = at;
                        });
            CHECK(place_at == side.positions);
            REQUIRE(side.rows.size() == want.size());
            REQUIRE(side.begin.size() == want.size() + 1);
            std::size_t slot = 0;
            for (const auto& [row, places] : want) {
                CHECK(side.rows[slot] == row);
                CHECK(std::vector(side.positions.begin() + side.begin[slot],
                                  side.positions.begin() + side.begin[slot + 1]) == places);
                for (std::size_t i = side.begin[slot]; i < side.begin[slot + 1]; ++i)
                    CHECK(slot_at[i] == slot);
                ++slot;
            }
            CHECK(side.first_from(0) == 0);
            CHECK(side.first_from(side.rows.back()) == want.size() - 1);
            CHECK(side.first_from(side.rows.back() + 1) == want.size());
            for (const std::size_t parts : {1U, 2U, 3U, 400U}) {
                CHECK(side.first_of(0, parts) == 0);
                CHECK(side.first_of(parts, parts) == want.size());
                for (std::size_t part = 0; part < parts; ++part) {
                    const std::size_t first = side.first_of(part, parts);
                    REQUIRE(first <= side.first_of(part + 1, parts));
                    CHECK(side.begin[first] >= size * part / parts); // the slot before is not in this part
                    CHECK((first == 0 || side.begin[first - 1] < size * part / parts));
                }
            }
        }
    }
}

TEST_CASE("a plan lists a batch by its users' rows, and the places of items that stand at several") {
    graft::random_engine engine(2);
    const std::size_t size = 100;
    std::vector<graft::user_id> users;
    std::vector<graft::item_id> items;
    std::vector<float> targets;
    for (std::size_t k = 0; k < size; ++k) {
        users.push_back(static_cast<graft::user_id>(graft::draw_below(engine, 30)));
        items.push_back(static_cast<graft::item_id>(graft::draw_below(engine, 40)));
        targets.push_back(static_cast<float>(k));
    }
    graft::detail::batch_plan plan;
    graft::detail::batch_sorter sorter;
    plan.plan(users, 30, items, 40, targets, sorter);
    std::vector<int> met(size, 0);
    for (std::size_t i = 0; i < size; ++i) {
        const std::size_t k = plan.users.positions[i];
        ++met[k];
        CHECK(plan.item[i] == items[k]);
        CHECK(plan.target[i] == targets[k]);
        CHECK(plan.users.rows[plan.user_slot[i]] == graft::row_of(users[k]));
        CHECK((i == 0 || plan.user_slot[i - 1] <= plan.user_slot[i]));
    }
    CHECK(met == std::vector<int>(size, 1));

    std::map<graft::item_id, std::vector<std::uint32_t>> places;
    for (std::uint32_t i = 0; i < size; ++i) places[plan.item[i]].push_back(i);
    std::size_t slot = 0;
    std::size_t alone = 0;
    for (const auto& [item, where] : places) {
        for (const auto i : where) CHECK(plan.alone[i] == (where.size() == 1 ? 1 : 0));
        alone += where.size() == 1 ? 1U : 0U;
        if (where.size() == 1) continue;
        REQUIRE(slot < plan.items.rows.size());
        CHECK(plan.items.rows[slot] == graft::row_of(item));
        CHECK(std::vector(plan.items.positions.begin() + plan.items.begin[slot],
                          plan.items.positions.begin() + plan.items.begin[slot + 1]) == where);
        ++slot;
    }
    CHECK(plan.items.rows.size() == slot);
    CHECK(plan.items.positions.size() == size - alone);
    std::vector<std::uint8_t> awaited(plan.users.rows.size(), 0);
    for (const auto i : plan.items.positions) awaited[plan.user_slot[i]] = 1;
    CHECK(plan.awaited == awaited);
    CHECK(alone > 0);
    CHECK(alone < size);
}

TEST_CASE("of a user with many interactions all items that stand once are alone") {
    const std::size_t size = 200;
    const std::vector<graft::user_id> users(size, graft::user_id{1});
    std::vector<graft::item_id> items;
    for (std::uint32_t k = 0; k < size; ++k) items.push_back(graft::item_id{k});
    const std::vector<float> targets(size, 0.0F);
    graft::detail::batch_plan plan;
    graft::detail::batch_sorter sorter;
    plan.plan(users, 2, items, size, targets, sorter);
    CHECK(plan.alone == std::vector<std::uint8_t>(size, 1));
    CHECK(plan.awaited == std::vector<std::uint8_t>(1, 0));
    CHECK(plan.items.rows.empty());
    CHECK(plan.items.positions.empty());
}

TEST_CASE("a plan of nothing has no rows") {
    graft::detail::batch_plan plan;
    graft::detail::batch_sorter sorter;
    for (const std::size_t rows : {0U, 1U, 1000U}) {
        plan.plan({}, rows, {}, rows, {}, sorter);
        CHECK(plan.users.rows.empty());
        CHECK(plan.items.rows.empty());
        CHECK(plan.users.first_of(1, 2) == 0);
    }
}
