// A step's plan: ranks that make their plans alone agree on what they send, and items are pulled in one machine's order.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include <doctest/doctest.h>

#include <graft/cluster/detail/exchange_plan.hpp>
#include <graft/cluster/detail/ranks.hpp>

#include <support/on_ranks.hpp>

namespace {

using graft::detail::exchange_plan;
using graft::detail::exchange_planner;
using graft::detail::row_share;
using list = std::vector<std::uint32_t>;

constexpr std::size_t width = 3;
constexpr std::size_t num_users = 31, num_items = 22, batch = 120;

/// All ranks and their plans of one batch.
struct cluster {
    on_ranks::world data{batch, num_users, num_items};
    std::vector<row_share> users, items;
    std::vector<exchange_plan> plans;

    /// apart: as exchange_planner::set_rows_apart.
    explicit cluster(std::size_t ranks, std::size_t apart = 0) : plans(ranks) {
        for (std::size_t me = 0; me < ranks; ++me) {
            users.emplace_back(me, ranks, num_users);
            items.emplace_back(me, ranks, num_items);
        }
        for (std::size_t me = 0; me < ranks; ++me) {
            exchange_planner planner(users[me], items[me], width);
            planner.set_rows_apart(apart);
            exchange_planner::workspace with;
            planner.plan({data.users, data.items, data.values}, with, plans[me]);
        }
    }
    [[nodiscard]] std::size_t size() const { return plans.size(); }
    /// The user whose row is in a row of the copies.
    [[nodiscard]] std::size_t user_of_copy(std::size_t me, std::size_t copy) const {
        const auto& plan = plans[me];
        if (copy < plan.users[me]) return users[me].row(plan.work.users.rows[copy]);
        for (std::size_t from = 0; from < size(); ++from) {
            const std::size_t begin = plan.users[me] + plan.received.begin(from);
            if (from == me || copy < begin || copy >= begin + plan.users[from]) continue;
            const auto& sender = plans[from];
            const std::size_t slot = sender.puller[sender.pullers.begin(me) + copy - begin];
            return users[from].row(sender.work.users.rows[slot]);
        }
        return num_users; // a row of numbers
    }
    /// The interaction, a place of the batch, at a place of a rank's.
    [[nodiscard]] std::size_t interaction_at(std::size_t me, std::size_t place) const {
        const auto& plan = plans[me];
        if (place < plan.work.target.size()) return plan.work.users.positions[place];
        for (std::size_t from = 0; from < size(); ++from) {
            const std::size_t begin = plan.places.begin(from);
            if (from == me || place < begin || place >= begin + plan.places.count(from)) continue;
            const auto& sender = plans[from];
            const std::size_t there = sender.pull[sender.pulls.begin(me) + place - begin];
            return sender.work.users.positions[there];
        }
        return batch;
    }
};

list part(const list& all, const graft::detail::rank_counts& counts, std::size_t rank) {
    const auto some = std::span(all).subspan(counts.begin(rank), counts.count(rank));
    return {some.begin(), some.end()};
}

} // namespace

TEST_CASE("each rank gets what the others send it") {
    for (const std::size_t ranks : {1U, 2U, 3U, 7U}) {
        const cluster all(ranks);
        for (std::size_t to = 0; to < ranks; ++to)
            for (std::size_t from = 0; from < ranks; ++from) {
                const auto& sender = all.plans[from];
                const auto& receiver = all.plans[to];
                CHECK(sender.batch == batch);
                CHECK(sender.sent_items.count(to) == receiver.lent_items.count(from));
                CHECK(sender.sent.count(to) == receiver.received.count(from));
                CHECK(sender.pulls.count(to) == receiver.places.count(from));
                if (from != to) CHECK(sender.pullers.count(to) == receiver.users[from]);
                // lent rows stand where the receiver's interactions look for them
                const auto lent = part(sender.items, sender.sent_items, to);
                const std::size_t first = all.items[to].own() + receiver.lent_items.begin(from);
                for (std::size_t place = 0; place < receiver.work.target.size(); ++place) {
                    const std::size_t row = graft::row_of(receiver.work.item[place]);
                    const std::size_t item = graft::row_of(all.data.items[all.interaction_at(to, place)]);
                    if (all.items[from].is_mine(item) && from != to) {
                        REQUIRE(row >= first);
                        REQUIRE(row < first + lent.size());
                        CHECK(all.items[from].row(lent[row - first]) == item);
                    } else if (from == to && all.items[to].is_mine(item)) {
                        CHECK(all.items[to].row(row) == item);
                    }
                }
            }
    }
}

TEST_CASE("an item's pulls are in the order of the batch's users, each with its user and its derivative") {
    graft::detail::batch_plan one; // of one machine
    for (const std::size_t ranks : {1U, 2U, 3U, 7U}) {
        const cluster all(ranks);
        graft::detail::batch_sorter sorter;
        one.plan(all.data.users, num_users, all.data.items, num_items, all.data.values, sorter);
        std::map<std::size_t, list> want; // interactions by item
        for (std::size_t i = 0; i < batch; ++i)
            want[graft::row_of(one.item[i])].push_back(one.users.positions[i]);
        std::size_t found = 0;
        for (std::size_t me = 0; me < ranks; ++me) {
            const auto& work = all.plans[me].work;
            const auto check = [&](std::size_t item, const list& places) {
                list interactions;
                for (const auto place : places) {
                    interactions.push_back(static_cast<std::uint32_t>(all.interaction_at(me, place)));
                    CHECK(all.user_of_copy(me, work.user_slot[place]) ==
                          graft::row_of(all.data.users[interactions.back()]));
                }
                CHECK(interactions == want.at(item));
                found += interactions.size();
            };
            for (std::size_t slot = 0; slot < work.items.rows.size(); ++slot)
                check(all.items[me].row(work.items.rows[slot]),
                      {work.items.positions.begin() + work.items.begin[slot],
                       work.items.positions.begin() + work.items.begin[slot + 1]});
            for (std::uint32_t place = 0; place < work.item.size(); ++place)
                if (work.alone[place] != 0)
                    check(all.items[me].row(graft::row_of(work.item[place])), {place});
        }
        CHECK(found == batch);
    }
}

TEST_CASE("where ranks work on each other's items, the owner knows which of them only one user meets") {
    constexpr std::size_t apart = 64;
    for (const std::size_t ranks : {2U, 3U, 7U}) {
        const cluster all(ranks, apart);
        std::vector<std::size_t> met(num_items, 0);
        for (const auto item : all.data.items) ++met[graft::row_of(item)];
        std::size_t sole = 0;
        for (std::size_t me = 0; me < ranks; ++me) {
            const auto& plan = all.plans[me];
            for (std::size_t place = 0; place < plan.work.target.size(); ++place) {
                const std::size_t number = graft::row_of(plan.work.item[place]);
                const std::size_t owner = graft::detail::rank_at(number / apart, me);
                const std::size_t item = number % apart * ranks + owner;
                CHECK(item == graft::row_of(all.data.items[all.interaction_at(me, place)]));
                if (owner == me) CHECK((plan.work.alone[place] != 0) == (met[item] == 1));
            }
            for (std::size_t from = 0; from < ranks; ++from) {
                if (from == me) continue;
                const auto flags = part(all.plans[from].sole, all.plans[from].sent_items, me);
                const auto places = part(plan.sole_place, plan.lent_items, from);
                REQUIRE(flags.size() == places.size());
                for (std::size_t k = 0; k < flags.size(); ++k) {
                    if (flags[k] == 0) continue;
                    ++sole;
                    REQUIRE(places[k] != exchange_plan::none);
                    const std::size_t number = graft::row_of(plan.work.item[places[k]]);
                    CHECK(met[number % apart * ranks + from] == 1);
                }
            }
        }
        for (std::size_t me = 0; me < ranks; ++me)
            for (std::size_t place = 0; place < all.plans[me].work.target.size(); ++place)
                sole += all.plans[me].work.alone[place];
        CHECK(sole == static_cast<std::size_t>(std::count(met.begin(), met.end(), 1U)));
    }
}

TEST_CASE("a user whose row others need is awaited, and an item that only one own user meets is alone") {
    for (const std::size_t ranks : {1U, 2U, 5U}) {
        const cluster all(ranks);
        for (std::size_t me = 0; me < ranks; ++me) {
            const auto& plan = all.plans[me];
            for (const auto slot : plan.puller) CHECK(plan.work.awaited[slot] == 1);
            for (std::size_t place = 0; place < plan.work.item.size(); ++place)
                if (plan.work.alone[place] != 0) CHECK(place < plan.work.target.size());
        }
    }
}
