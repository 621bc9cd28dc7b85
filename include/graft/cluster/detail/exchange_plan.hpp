#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include <graft/backend/cpu/batch_plan.hpp>
#include <graft/backend/training_engine.hpp>
#include <graft/cluster/detail/ranks.hpp>
#include <graft/core/ids.hpp>

namespace graft::inline v0_1::detail {

/// What a rank does in a step for its own users and its own items, and what it sends and gets. Its places are the
/// interactions of its own users, in the order of one machine's plan, and behind them, rank by rank, those of other
/// ranks' users with its items. An item that only one interaction of the batch meets, one of an own user, is `alone`.
///
/// Two messages go to each other rank: the rows of the items that it meets, and then a message of pulls: the rows that
/// the users who met its items had before the step, and as many more rows as the numbers (failed, derivative,
/// derivative ..) fill, a derivative for each interaction. What comes in is laid out so that nothing has to be moved:
/// items are lent rows behind the own ones, pulls stand behind the copies of the own users.
///
/// Where ranks work on each other's items in place, an item is alone, too, that only a user of another rank meets: its
/// owner, who knows, tells that rank (shared_exchange). No rows are sent.
struct exchange_plan {
    static constexpr std::uint32_t none = 0xffff'ffffU;

    std::size_t batch = 0; // interactions, of all ranks

    batch_plan work;    // users: the own ones. items: the own ones that are not alone
    rank_counts places; // of the users of each other rank; `begin` counts the own ones, too

    rank_counts sent_items;           // rows to each other rank
    std::vector<std::uint32_t> items; // [sent_items] of the rank's own
    rank_counts lent_items;           // rows from each other rank
    // Where ranks work in place:
    std::vector<std::uint32_t> sole;       // [sent_items] 1: an own item that only a user of that rank meets
    std::vector<std::uint32_t> sole_place; // [lent_items] where the only own user is that meets it, or `none`

    rank_counts sent;                  // rows of the message of pulls to each other rank
    rank_counts pullers;               // users in it
    std::vector<std::uint32_t> puller; // [pullers] slots
    rank_counts pulls;                 // derivatives in it
    std::vector<std::uint32_t> pull;   // [pulls] places
    rank_counts received;              // rows of the message from each other rank
    std::vector<std::uint32_t> users;  // [ranks] of which are users
};

/// Makes the plans of steps. Each rank finds what others will send it, and what they want, from the batch alone: a plan
/// costs no message. Lists that two ranks must agree on ascend by row, and those of interactions are in the order of
/// one machine's plan.
class exchange_planner {
public:
    /// width: numbers of a row.
    exchange_planner(const row_share& users, const row_share& items, std::size_t width)
        : users_(users), items_(items), width_(width) {
        for (std::size_t rank = 0; rank < users.ranks(); ++rank)
            first_user_.push_back(static_cast<std::uint32_t>(users.first_number(rank)));
        set_rows_apart(0);
    }

    /// rows: from a rank's items to those of the next, in the order of order_of, where all stand in one piece of memory. 0:
    /// others' items are sent, and stand behind the own ones.
    void set_rows_apart(std::size_t rows) {
        in_place_ = rows > 0;
        first_number_.resize(items_.ranks());
        for (std::size_t rank = 0; rank < items_.ranks(); ++rank)
            first_number_[rank] = static_cast<std::uint32_t>(in_place_ ? order_of(rank, items_.me()) * rows
                                                                       : items_.first_number(rank));
        numbers_ = in_place_ ? rows * items_.ranks() : items_.rows();
    }

    /// What a thread needs to plan.
    struct workspace {
        // [interactions that concern the rank]
        std::vector<user_id> users;        // by number: the own ones come first, the others rank by rank
        std::vector<std::uint32_t> row;    // of the user
        std::vector<std::uint32_t> origin; // places of the batch
        std::vector<std::uint32_t> number; // of the item
        std::vector<float> target;
        // [places]
        std::vector<std::uint32_t> order; // row of the user: that of one machine's plan
        std::vector<std::uint32_t> rank;  // of the user; of an item that is another rank's, in the end

        std::vector<std::uint32_t> next, last;     // [ranks]
        std::vector<std::uint32_t> to_rank, value; // a list for all ranks
        batch_sorter sorter;
    };

    void plan(const training_data& batch, workspace& with, exchange_plan& plan) const {
        plan.batch = batch.users.size();
        gather(batch, with, plan);
        place_all(with, plan);
        lay_out(batch, with, plan);
        with.sorter.sort(std::span<const item_id>(plan.work.item), numbers_, plan.work.items,
                         [](std::size_t, std::size_t, std::size_t) {});
        plan_items(with, plan);
        plan_pulls(with, plan);
    }

    /// The rows that so many users and derivatives fill in a message of pulls.
    [[nodiscard]] std::size_t blocks(std::size_t users, std::size_t pulls) const {
        return users + (1 + pulls + width_ - 1) / width_;
    }

private:
    static constexpr std::uint32_t none = exchange_plan::none;

    /// The interactions with an own user or an own item.
    void gather(const training_data& batch, workspace& with, const exchange_plan& plan) const {
        const std::size_t me = users_.me();
        with.users.resize(plan.batch);
        with.row.resize(plan.batch);
        with.origin.resize(plan.batch);
        with.number.resize(plan.batch);
        with.target.resize(plan.batch);
        // Pointers, here and below: what is written through could be a vector's own for all that the compiler knows.
        auto* const users = with.users.data();
        auto* const rows = with.row.data();
        auto* const origin = with.origin.data();
        auto* const number = with.number.data();
        auto* const target = with.target.data();
        const auto* const first_user = first_user_.data();
        const auto* const first_number = first_number_.data();
        std::size_t count = 0;
        for (std::size_t k = 0; k < plan.batch; ++k) {
            const std::size_t row = row_of(batch.users[k]);
            const std::size_t user = users_.place(row);
            const std::size_t rank = row - user * users_.ranks();
            const std::size_t place = items_.place(row_of(batch.items[k]));
            const std::size_t owner = row_of(batch.items[k]) - place * items_.ranks();
            users[count] = user_id{first_user[rank] + static_cast<std::uint32_t>(user)};
            rows[count] = static_cast<std::uint32_t>(row);
            origin[count] = static_cast<std::uint32_t>(k);
            number[count] = first_number[owner] + static_cast<std::uint32_t>(place);
            target[count] = batch.targets[k];
            count += rank == me || owner == me ? 1 : 0;
        }
        with.users.resize(count);
    }

    /// The places: by user.
    void place_all(workspace& with, exchange_plan& plan) const {
        auto& work = plan.work;
        const std::size_t all = with.users.size();
        work.item.resize(all);
        work.target.resize(all);
        work.user_slot.resize(all);
        work.alone.assign(all, 0);
        with.order.resize(all);
        with.rank.resize(all);
        with.sorter.sort(std::span<const user_id>(with.users), users_.rows(), work.users,
                         [item = work.item.data(), target = work.target.data(), slots = work.user_slot.data(),
                          order = with.order.data(), numbers = with.number.data(),
                          targets = with.target.data(),
                          rows = with.row.data()](std::size_t i, std::size_t from, std::size_t slot) {
                             item[i] = item_id{numbers[from]};
                             target[i] = targets[from];
                             slots[i] = static_cast<std::uint32_t>(slot);
                             order[i] = rows[from];
                         });
    }

    /// Where the places and the rows of each rank's users are; of the users, leaves the own ones.
    void lay_out(const training_data& batch, workspace& with, exchange_plan& plan) const {
        const std::size_t ranks = users_.ranks();
        const std::size_t me = users_.me();
        auto& work = plan.work;
        auto& users = work.users;
        const auto slot_of = [&](std::size_t order) { // the first of the rank's there
            return order == ranks ? users.rows.size() : users.first_from(first_user_[rank_at(order, me)]);
        };
        plan.users.resize(ranks);
        with.next.resize(ranks);
        for (std::size_t order = 0, slot = 0; order < ranks; ++order) {
            const std::size_t rank = rank_at(order, me);
            const std::size_t end = slot_of(order + 1);
            plan.users[rank] = static_cast<std::uint32_t>(end - slot);
            with.next[rank] = users.begin[end] - users.begin[slot];
            slot = end;
        }
        const std::uint32_t own = with.next[me];
        plan.places.set(
            ranks, [&](std::size_t rank) { return rank == me ? 0 : with.next[rank]; }, own);
        plan.received.set(ranks, [&](std::size_t rank) {
            return rank == me ? 0 : blocks(plan.users[rank], with.next[rank]);
        });
        std::fill_n(with.rank.begin(), own, static_cast<std::uint32_t>(me));
        std::uint32_t slot = plan.users[me];
        for (std::size_t rank = 0; rank < ranks; ++rank) {
            if (rank == me) continue;
            const std::size_t begin = plan.places.begin(rank);
            std::fill_n(with.rank.begin() + static_cast<std::ptrdiff_t>(begin), plan.places.count(rank),
                        static_cast<std::uint32_t>(rank));
            const auto row = plan.users[me] + static_cast<std::uint32_t>(plan.received.begin(rank));
            for (std::size_t k = 0; k < plan.places.count(rank); ++k) work.user_slot[begin + k] += row - slot;
            slot += plan.users[rank];
        }

        users.rows.resize(plan.users[me]);
        users.begin.resize(plan.users[me] + 1);
        users.positions.resize(own);
        for (auto& position : users.positions) position = with.origin[position];
        work.target.resize(own);
        work.weight.resize(batch.weights.empty() ? 0 : own);
        for (std::size_t k = 0; k < work.weight.size(); ++k)
            work.weight[k] = batch.weights[users.positions[k]];
        work.awaited.assign(plan.users[me], 0);
    }

    /// Brings an item's places into the order of one machine's plan: those of a rank are.
    static void put_in_order(std::span<std::uint32_t> places, const std::uint32_t* order) {
        const auto before = [=](std::uint32_t a, std::uint32_t b) {
            return order[a] != order[b] ? order[a] < order[b] : a < b;
        };
        if (places.size() > 32) {
            if (!std::is_sorted(places.begin(), places.end(), before))
                std::sort(places.begin(), places.end(), before);
            return;
        }
        for (std::size_t k = 1; k < places.size(); ++k) { // most are in order
            const std::uint32_t place = places[k];
            std::size_t to = k;
            for (; to > 0 && before(place, places[to - 1]); --to) places[to] = places[to - 1];
            places[to] = place;
        }
    }

    void plan_items(workspace& with, exchange_plan& plan) const {
        auto& work = plan.work;
        auto& items = work.items;
        const std::size_t own = items_.own();
        const auto me = static_cast<std::uint32_t>(users_.me());
        auto* const rows = items.rows.data();
        auto* const begins = items.begin.data();
        auto* const positions = items.positions.data();
        const auto* const ranks = with.rank.data();
        std::size_t slot = 0;
        std::uint32_t kept = 0;
        std::uint32_t end = 0;
        with.last.assign(users_.ranks(), none);
        with.to_rank.clear();
        with.value.clear();
        for (const std::size_t size = items.rows.size(); slot < size && rows[slot] < own; ++slot) {
            const std::uint32_t row = rows[slot];
            const std::uint32_t begin = begins[slot];
            const std::uint32_t next = begins[slot + 1];
            const std::uint32_t first = positions[begin];
            if (next - begin == 1 && (in_place_ || ranks[first] == me)) {
                work.alone[first] = 1;
                if (ranks[first] != me) {
                    with.to_rank.push_back(ranks[first]);
                    with.value.push_back(1);
                }
                continue;
            }
            rows[kept] = row;
            begins[kept] = end;
            put_in_order({positions + begin, next - begin}, with.order.data());
            for (std::uint32_t k = begin; k < next; ++k) {
                const std::uint32_t place = positions[k];
                const std::uint32_t rank = ranks[place];
                positions[end++] = place;
                if (rank == me) {
                    work.awaited[work.user_slot[place]] = 1;
                } else if (with.last[rank] != kept) {
                    with.last[rank] = kept;
                    with.to_rank.push_back(rank);
                    with.value.push_back(in_place_ ? 0 : row);
                }
            }
            ++kept;
        }
        share_out(with, plan.sent_items, in_place_ ? plan.sole : plan.items);
        plan_lent(slot, with, plan);
        items.begin[kept] = end;
        items.rows.resize(kept);
        items.begin.resize(kept + 1);
        items.positions.resize(end);
    }

    /// Other ranks' items, those of the slots from `slot` on: rows behind the own ones.
    void plan_lent(std::size_t slot, workspace& with, exchange_plan& plan) const {
        auto& work = plan.work;
        const auto& items = work.items;
        std::size_t row = items_.own();
        plan.sole_place.clear();
        plan.lent_items.set(users_.ranks(), [&](std::size_t rank) -> std::size_t {
            if (rank == users_.me()) return 0;
            const std::size_t first = row;
            const std::size_t end = first_number_[rank] + items_.below(items_.rows(), rank);
            for (; slot < items.rows.size() && items.rows[slot] < end; ++slot, ++row) {
                const bool may_be_alone = in_place_ && items.begin[slot + 1] - items.begin[slot] == 1;
                if (in_place_)
                    plan.sole_place.push_back(may_be_alone ? items.positions[items.begin[slot]] : none);
                for (std::size_t k = items.begin[slot]; k < items.begin[slot + 1]; ++k) {
                    const std::uint32_t place = items.positions[k];
                    if (!in_place_) work.item[place] = static_cast<item_id>(row);
                    if (!may_be_alone) work.awaited[work.user_slot[place]] = 1;
                    with.rank[place] = static_cast<std::uint32_t>(rank); // from here on the item's
                }
            }
            return row - first;
        });
    }

    /// The derivatives of the own users' interactions with other ranks' items, and those users.
    void plan_pulls(workspace& with, exchange_plan& plan) const {
        const auto& work = plan.work;
        const std::size_t own = work.target.size();
        const auto me = static_cast<std::uint32_t>(users_.me());
        const auto* const ranks = with.rank.data();
        const auto* const slots = work.user_slot.data();
        const auto list = [&](const auto& is_wanted, const auto& value_at) {
            with.to_rank.resize(own);
            with.value.resize(own);
            auto* const to_rank = with.to_rank.data();
            auto* const value = with.value.data();
            std::size_t count = 0;
            for (std::uint32_t place = 0; place < own; ++place) {
                to_rank[count] = ranks[place];
                value[count] = value_at(place);
                count += is_wanted(place) ? 1 : 0;
            }
            with.to_rank.resize(count);
            with.value.resize(count);
        };
        list([=](std::uint32_t place) { return ranks[place] != me; },
             [](std::uint32_t place) { return place; });
        share_out(with, plan.pulls, plan.pull);
        if (in_place_) return;
        with.last.assign(users_.ranks(), none);
        list(
            [=, last = with.last.data()](std::uint32_t place) {
                const std::uint32_t before = std::exchange(last[ranks[place]], slots[place]);
                return ranks[place] != me && before != slots[place];
            },
            [=](std::uint32_t place) { return slots[place]; });
        share_out(with, plan.pullers, plan.puller);
        plan.sent.set(users_.ranks(), [&](std::size_t rank) {
            return rank == users_.me() ? 0 : blocks(plan.pullers.count(rank), plan.pulls.count(rank));
        });
    }

    /// with.value, those for each rank one after the other.
    void share_out(workspace& with, rank_counts& counts, std::vector<std::uint32_t>& list) const {
        with.next.assign(users_.ranks(), 0);
        auto* const next = with.next.data();
        const std::size_t size = with.value.size();
        const auto* const to_rank = with.to_rank.data();
        const auto* const value = with.value.data();
        for (std::size_t k = 0; k < size; ++k) ++next[to_rank[k]];
        counts.set(users_.ranks(), [&](std::size_t rank) { return next[rank]; });
        for (std::size_t rank = 0; rank < users_.ranks(); ++rank)
            next[rank] = static_cast<std::uint32_t>(counts.begin(rank));
        list.resize(size);
        auto* const to = list.data();
        for (std::size_t k = 0; k < size; ++k) to[next[to_rank[k]]++] = value[k];
    }

    const row_share& users_;
    const row_share& items_;
    std::size_t width_;
    bool in_place_ = false;
    std::vector<std::uint32_t> first_user_;   // [ranks] number of their first user
    std::vector<std::uint32_t> first_number_; // [ranks] of their first item
    std::size_t numbers_ = 0;                 // above those of all items
};

} // namespace graft::inline v0_1::detail
