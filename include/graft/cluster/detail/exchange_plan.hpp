#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <graft/backend/cpu/batch_plan.hpp>
#include <graft/backend/training_engine.hpp>
#include <graft/cluster/detail/ranks.hpp>
#include <graft/core/ids.hpp>

namespace graft::inline v0_1::detail {

/// What a rank does in a step for its own users and its own items. A rank scores its users: it gets the items' rows
/// from their owners, as of the step before, and sends each owner what pulls its items: the rows of the users that
/// met them, and the derivative of each interaction. A message of pulls is a number of rows: those of users, and
/// as many more as the numbers (failed, derivative, derivative ..) fill.
struct exchange_plan {
    std::size_t batch = 0; // interactions, of all ranks

    batch_plan scoring;                // of the rank's users; its items are slots
    std::vector<std::uint32_t> place;  // [interactions of the rank's users] in the batch
    rank_counts fetched;               // the slots of each owner
    std::vector<std::uint32_t> asked;  // [slots] where the owner has the row
    rank_counts pulls;                 // interactions with the items of each owner
    std::vector<std::uint32_t> pull;   // [pulls] places of `scoring`
    rank_counts pullers;               // users that met items of each owner
    std::vector<std::uint32_t> puller; // [pullers] slots of users in `scoring`
    std::vector<std::uint32_t>
        pairs;        // [pulls x 2] slot of the item and number of the user, among the owner's
    rank_counts sent; // rows of the message to each owner

    batch_plan moving;                       // of the rank's items; its users are rows of the messages
    rank_counts asking;                      // rows that each rank wants
    std::vector<std::uint32_t> asked_of_me;  // [asking]
    rank_counts received;                    // rows of the message from each rank
    std::vector<std::size_t> numbers;        // [ranks] where in all messages its numbers begin
    std::vector<std::size_t> derivative;     // [interactions of the rank's items] where in all messages
    std::vector<std::uint32_t> interactions; // [ranks] with its users
};

/// Makes the plans of some steps: each rank those of its users, then all exchange what they want of one another's items,
/// then each plans how its items move. Rows, users and items are planned by what the batch alone decides, so that sums
/// run in the order of one machine.
class exchange_planner {
public:
    exchange_planner(const ranks& all, const row_share& users, const row_share& items, std::size_t width)
        : all_(all), users_(users), items_(items), width_(width) {}

    /// What a thread needs to plan.
    struct workspace {
        std::vector<user_id> users;
        std::vector<item_id> items;
        std::vector<float> targets, weights;
        std::vector<std::uint32_t> slot, owner, last, arrival;
        std::vector<std::size_t> offset;
        batch_side side;
        batch_sorter sorter;
    };

    /// The first part, of one step.
    void plan_own(const training_data& batch, workspace& with, exchange_plan& plan) const {
        plan.batch = batch.users.size();
        take_own(batch, with, plan);
        plan_slots(with, plan);
        plan.scoring.plan_users(with.users, users_.own(), with.items, with.targets, with.sorter,
                                with.weights);
        plan_pulls(with, plan);
    }

    /// The second part, of all steps.
    void exchange(std::span<exchange_plan> plans) {
        const std::size_t size = all_.size();
        counts_.resize(size * plans.size() * 4);
        counts_of_me_.resize(counts_.size());
        for (std::size_t rank = 0; rank < size; ++rank)
            for (std::size_t s = 0; s < plans.size(); ++s) {
                const auto& plan = plans[s];
                auto* const c = counts_.data() + (rank * plans.size() + s) * 4;
                c[0] = static_cast<std::uint32_t>(plan.fetched.count(rank));
                c[1] = static_cast<std::uint32_t>(plan.pullers.count(rank));
                c[2] = static_cast<std::uint32_t>(plan.pulls.count(rank));
                c[3] = static_cast<std::uint32_t>(plan.place.size());
            }
        all_.exchange_counts(counts_, counts_of_me_);
        const auto ids_with = [&](const std::vector<std::uint32_t>& counts, std::size_t rank) {
            std::size_t sum = 0;
            for (std::size_t s = 0; s < plans.size(); ++s) {
                const auto* const c = counts.data() + (rank * plans.size() + s) * 4;
                sum += std::size_t{c[0]} + c[1] + 2 * std::size_t{c[2]};
            }
            return sum;
        };
        rank_counts sent, received;
        sent.set(size, [&](std::size_t rank) { return ids_with(counts_, rank); });
        received.set(size, [&](std::size_t rank) { return ids_with(counts_of_me_, rank); });
        ids_.resize(sent.all());
        auto* to = ids_.data();
        for (std::size_t rank = 0; rank < size; ++rank)
            for (const auto& plan : plans) {
                to = copy(plan.asked, plan.fetched, rank, to);
                for (std::size_t k = 0; k < plan.pullers.count(rank); ++k)
                    *to++ = static_cast<std::uint32_t>(
                        users_.row(plan.scoring.users.rows[plan.puller[plan.pullers.begin(rank) + k]]));
                to = std::copy_n(plan.pairs.data() + 2 * plan.pulls.begin(rank), 2 * plan.pulls.count(rank),
                                 to);
            }
        all_.exchange(ids_, sent, ids_of_me_, received);
        steps_ = plans.size();
        begins_.resize(size * steps_);
        std::size_t begin = 0;
        for (std::size_t k = 0; k < size * steps_; ++k) {
            begins_[k] = begin;
            const auto* const c = counts_of_me_.data() + k * 4;
            begin += std::size_t{c[0]} + c[1] + 2 * std::size_t{c[2]};
        }
    }

    /// The third part, of step s.
    void plan_moving(std::size_t s, workspace& with, exchange_plan& plan) const {
        const std::size_t size = all_.size();
        const auto counts = [&](std::size_t rank) { return counts_of_me_.data() + (rank * steps_ + s) * 4; };
        plan.asking.set(size, [&](std::size_t rank) { return counts(rank)[0]; });
        plan.received.set(size, [&](std::size_t rank) { return blocks(counts(rank)[1], counts(rank)[2]); });
        plan.interactions.resize(size);
        plan.numbers.resize(size);
        plan.asked_of_me.clear();
        with.users.clear();
        with.items.clear();
        with.arrival.clear();
        with.offset.clear();
        for (std::size_t rank = 0; rank < size; ++rank) {
            const auto* const c = counts(rank);
            const auto* const items = ids_of_me_.data() + begins_[rank * steps_ + s];
            const auto* const users = items + c[0];
            const auto* const pairs = users + c[1];
            plan.interactions[rank] = c[3];
            plan.asked_of_me.insert(plan.asked_of_me.end(), items, users);
            const std::size_t first = plan.received.begin(rank);
            plan.numbers[rank] = (first + c[1]) * width_;
            for (std::size_t k = 0; k < c[2]; ++k) {
                with.items.push_back(item_id{items[pairs[2 * k]]});
                with.users.push_back(user_id{users[pairs[2 * k + 1]]});
                with.arrival.push_back(static_cast<std::uint32_t>(first + pairs[2 * k + 1]));
                with.offset.push_back(plan.numbers[rank] + 1 + k);
            }
        }
        auto& moving = plan.moving;
        moving.plan_users(with.users, users_.rows(), with.items, {}, with.sorter);
        moving.plan_items(items_.own(), with.sorter);
        plan.derivative.resize(with.users.size());
        for (std::size_t i = 0; i < with.users.size(); ++i) {
            const std::size_t k = moving.users.positions[i];
            moving.user_slot[i] = with.arrival[k];
            plan.derivative[i] = with.offset[k];
        }
    }

private:
    [[nodiscard]] std::size_t blocks(std::size_t users, std::size_t pulls) const {
        return users + (1 + pulls + width_ - 1) / width_;
    }
    static std::uint32_t* copy(const std::vector<std::uint32_t>& values, const rank_counts& counts,
                               std::size_t rank, std::uint32_t* to) {
        return std::copy_n(values.data() + counts.begin(rank), counts.count(rank), to);
    }

    /// The interactions of the rank's users, in the order of the batch. Items become numbers that ascend by owner.
    void take_own(const training_data& batch, workspace& with, exchange_plan& plan) const {
        with.users.clear();
        with.items.clear();
        with.targets.clear();
        with.weights.clear();
        plan.place.clear();
        for (std::size_t k = 0; k < batch.users.size(); ++k) {
            const std::size_t user = row_of(batch.users[k]);
            if (!users_.is_mine(user)) continue;
            const std::size_t item = row_of(batch.items[k]);
            with.users.push_back(static_cast<user_id>(users_.place(user)));
            with.items.push_back(
                static_cast<item_id>(items_.owner(item) * items_.most() + items_.place(item)));
            with.targets.push_back(batch.targets[k]);
            if (!batch.weights.empty()) with.weights.push_back(batch.weights[k]);
            plan.place.push_back(static_cast<std::uint32_t>(k));
        }
    }

    /// A slot for each item, those of an owner one after the other.
    void plan_slots(workspace& with, exchange_plan& plan) const {
        with.slot.resize(with.items.size());
        with.sorter.sort(std::span<const item_id>(with.items), items_.most() * all_.size(), with.side,
                         [&](std::size_t, std::size_t place, std::size_t slot) {
                             with.slot[place] = static_cast<std::uint32_t>(slot);
                         });
        const auto& keys = with.side.rows;
        const std::size_t most = items_.most();
        plan.asked.resize(keys.size());
        with.owner.resize(keys.size());
        std::size_t slot = 0;
        plan.fetched.set(all_.size(), [&](std::size_t rank) {
            const std::size_t first = slot;
            for (; slot < keys.size() && keys[slot] < (rank + 1) * most; ++slot) {
                plan.asked[slot] = static_cast<std::uint32_t>(keys[slot] - rank * most);
                with.owner[slot] = static_cast<std::uint32_t>(rank);
            }
            return slot - first;
        });
        for (std::size_t k = 0; k < with.items.size(); ++k) with.items[k] = item_id{with.slot[k]};
    }

    void plan_pulls(workspace& with, exchange_plan& plan) const {
        const std::size_t size = all_.size();
        const auto& scoring = plan.scoring;
        const auto owner_at = [&](std::size_t i) { return with.owner[row_of(scoring.item[i])]; };
        constexpr std::uint32_t none = 0xffff'ffffU;
        auto& pulls = with.slot; // [ranks], and then where the next stands
        auto& pullers = with.arrival;
        pulls.assign(size, 0);
        pullers.assign(size, 0);
        with.last.assign(size, none);
        for (std::size_t i = 0; i < scoring.item.size(); ++i) {
            const std::size_t owner = owner_at(i);
            ++pulls[owner];
            pullers[owner] += with.last[owner] != scoring.user_slot[i] ? 1 : 0;
            with.last[owner] = scoring.user_slot[i];
        }
        plan.pulls.set(size, [&](std::size_t rank) { return pulls[rank]; });
        plan.pullers.set(size, [&](std::size_t rank) { return pullers[rank]; });
        plan.sent.set(size, [&](std::size_t rank) { return blocks(pullers[rank], pulls[rank]); });
        plan.pull.resize(scoring.item.size());
        plan.pairs.resize(2 * scoring.item.size());
        plan.puller.resize(plan.pullers.all());
        for (std::size_t rank = 0; rank < size; ++rank) {
            pulls[rank] = static_cast<std::uint32_t>(plan.pulls.begin(rank));
            pullers[rank] = static_cast<std::uint32_t>(plan.pullers.begin(rank));
        }
        with.last.assign(size, none);
        for (std::size_t i = 0; i < scoring.item.size(); ++i) {
            const std::size_t owner = owner_at(i);
            const std::size_t slot = row_of(scoring.item[i]);
            if (with.last[owner] != scoring.user_slot[i])
                plan.puller[pullers[owner]++] = scoring.user_slot[i];
            with.last[owner] = scoring.user_slot[i];
            const std::size_t at = pulls[owner]++;
            plan.pull[at] = static_cast<std::uint32_t>(i);
            plan.pairs[2 * at] = static_cast<std::uint32_t>(slot - plan.fetched.begin(owner));
            plan.pairs[2 * at + 1] =
                static_cast<std::uint32_t>(pullers[owner] - 1 - plan.pullers.begin(owner));
        }
    }

    const ranks& all_;
    const row_share& users_;
    const row_share& items_;
    std::size_t width_;
    std::size_t steps_ = 0;
    std::vector<std::uint32_t> counts_, counts_of_me_; // [ranks x steps x 4]
    std::vector<std::uint32_t> ids_, ids_of_me_;
    std::vector<std::size_t> begins_; // [ranks x steps] into ids_of_me_
};

} // namespace graft::inline v0_1::detail
