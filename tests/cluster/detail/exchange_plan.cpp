// A step's plan: each rank knows what it is asked for, and in which order its items' pulls are added up.
#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

#include <doctest/doctest.h>

#include <graft/cluster/detail/exchange_plan.hpp>
#include <graft/cluster/detail/ranks.hpp>

#include <support/on_ranks.hpp>

TEST_CASE("the interactions of a rank's items are in the order of the batch's users") {
    constexpr std::size_t width = 3;
    const on_ranks::world data(120, 30, 20);
    const graft::detail::ranks all;
    const graft::detail::row_share users(all, 30);
    const graft::detail::row_share items(all, 20);
    graft::detail::exchange_planner planner(all, users, items, width);
    std::vector<graft::detail::exchange_plan> plans(1);
    graft::detail::exchange_planner::workspace with;
    planner.plan_own({data.users, data.items, data.values}, with, plans[0]);
    planner.exchange(plans);
    planner.plan_moving(0, with, plans[0]);
    const auto& plan = plans[0];
    CHECK(plan.batch == 120);

    graft::detail::batch_plan one; // of one machine
    graft::detail::batch_sorter sorter;
    one.plan_users(data.users, 30, data.items, {}, sorter);
    one.plan_items(20, sorter);
    std::map<std::size_t, std::vector<std::uint32_t>> want, got; // users by item
    for (std::size_t slot = 0; slot < one.items.rows.size(); ++slot)
        for (std::size_t k = one.items.begin[slot]; k < one.items.begin[slot + 1]; ++k)
            if (items.is_mine(one.items.rows[slot]))
                want[one.items.rows[slot]].push_back(one.users.rows[one.user_slot[one.items.positions[k]]]);
    const auto& moving = plan.moving;
    std::vector<std::uint32_t> user_of(moving.item.size());
    for (std::size_t slot = 0; slot < moving.users.rows.size(); ++slot)
        for (std::size_t k = moving.users.begin[slot]; k < moving.users.begin[slot + 1]; ++k)
            user_of[k] = moving.users.rows[slot];
    for (std::size_t slot = 0; slot < moving.items.rows.size(); ++slot)
        for (std::size_t k = moving.items.begin[slot]; k < moving.items.begin[slot + 1]; ++k)
            got[items.row(moving.items.rows[slot])].push_back(user_of[moving.items.positions[k]]);
    CHECK(got == want);
    for (const std::size_t at : plan.derivative) CHECK(at < plan.received.all() * width);
    std::uint32_t interactions = 0;
    for (const auto count : plan.interactions) interactions += count;
    CHECK(interactions == 120);
}
