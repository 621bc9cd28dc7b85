#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <new>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include <graft/backend/cpu/step_passes.hpp>
#include <graft/backend/cpu/store.hpp>
#include <graft/backend/detail/row_rules.hpp>
#include <graft/backend/training_engine.hpp>
#include <graft/cluster/detail/exchange_plan.hpp>
#include <graft/cluster/detail/ranks.hpp>
#include <graft/cluster/store.hpp>
#include <graft/core/detail/fingerprint.hpp>
#include <graft/core/error.hpp>
#include <graft/core/ids.hpp>
#include <graft/core/thread_pool.hpp>
#include <graft/optim/table_rules.hpp>

namespace graft::inline v0_1 {

/// A training_engine on two tables that are shared out over the ranks of an MPI program. All ranks call all members but
/// the destructor and `settle` at the same time, with the same arguments. Each rank works for its own users and its own
/// items, with the passes of cpu_engine. A step, whose plan was made before with those of the next steps:
///   1. The items of the rank are brought up to date, and those that others meet are sent to them.
///   2. Its users are scored, and moved. Each owner of an item gets the users' rows before the step, and the
///      derivatives of its interactions.
///   3. The rank's items move.
/// An item's pulls are added up in the order of the batch's users, as on one machine: results have the same bits for any
/// number of ranks and threads.
template <class Scalar, int Dim, class Scorer, class Optimizer, class Loss>
class mpi_engine {
public:
    mpi_engine(mpi_store<Scalar>& users, mpi_store<Scalar>& items, Scalar mean, const Optimizer& o,
               const Loss& loss, const engine_options& options, const table_rules& user_rules,
               const table_rules& item_rules)
        : users_(users), items_(items), fetched_(0, users.width(), false), pulling_(0, users.width(), false),
          scoring_(users.own(), fetched_, mean, loss, options.group_size),
          moving_(pulling_, items.own(), mean, loss, options.group_size), l2_(options.l2),
          pool_(options.threads), planner_(all(), users.share(), items.share(), users.width()),
          row_(users.width()) {
        if (items.share().most() > max_rows / all().size())
            throw argument_error("mpi_cpu: there are more items than can be shared out over so many ranks");
        try {
            for (std::size_t k = 0; k < pool_.size(); ++k) workers_.emplace_back(o, users.width());
            workspaces_.resize(pool_.size());
            set_rules(user_rules, item_rules);
        } catch (const std::bad_alloc&) {
            drop_moments();
            throw error("trainer: there is not the memory to train this model on so many threads; use fewer "
                        "threads or more machines");
        } catch (...) {
            drop_moments();
            throw;
        }
    }
    mpi_engine(const mpi_engine&) = delete;
    mpi_engine& operator=(const mpi_engine&) = delete;
    ~mpi_engine() { drop_moments(); }

    [[nodiscard]] std::uint32_t steps() const noexcept { return workers_[0].rows.timeline.steps(); }

    void set_rules(const table_rules& user_rules, const table_rules& item_rules) {
        settle();
        auto& users = scoring_.users();
        auto& items = moving_.items();
        rules_data for_users(own_part(user_rules, users_.share()), l2_, users.rows.rows(),
                             users.rows.width());
        rules_data for_items(own_part(item_rules, items_.share()), l2_, items.rows.rows(),
                             items.rows.width());
        users.template prepare<Optimizer>(for_users, steps(), pool_.size());
        items.template prepare<Optimizer>(for_items, steps(), pool_.size());
        users.set_rules(std::move(for_users));
        items.set_rules(std::move(for_items));
    }

    std::optional<std::size_t> run(const training_data& data, std::size_t batch_size, double lr,
                                   std::span<double> losses) {
        check_same(data, batch_size, lr);
        changed();
        const std::size_t steps = losses.size();
        const std::size_t group = std::size_t{1} << 16U >> std::bit_width(batch_size);
        for (std::size_t first = 0; first < steps; first += (std::max)(group, std::size_t{1})) {
            const step_group now{data,  batch_size,
                                 lr,    losses,
                                 first, (std::min)(first + (std::max)(group, std::size_t{1}), steps)};
            if (const auto bad = run_group(now)) return bad;
        }
        return std::nullopt;
    }

    [[nodiscard]] training_rows rows_of(table_side side) const {
        const auto& store = side == table_side::users ? users_ : items_;
        const auto& own = store.own();
        const bool has_steps = Optimizer::lazy && own.has_moments(Optimizer::moments);
        return {store.rows(), own.stride() / own.pitch(), own.width(), has_steps};
    }
    void read_rows(table_side side, std::size_t first, std::span<Scalar> values,
                   std::span<std::uint32_t> last) {
        const auto shape = rows_of(side);
        const auto& t = table_of(side);
        const auto& share = share_of(side);
        const std::size_t row = shape.vectors * shape.width;
        detail::gather_rows(
            all(), share, first, values.size() / row, row, values.data(), [&](std::size_t place, Scalar* to) {
                for (std::size_t v = 0; v < shape.vectors; ++v)
                    std::copy_n(t.rows.row(place) + v * t.rows.pitch(), shape.width, to + v * shape.width);
            });
        if (last.empty()) return;
        detail::gather_rows(all(), share, first, last.size(), 1, last.data(),
                            [&](std::size_t place, std::uint32_t* to) { *to = t.last[place]; });
    }
    void write_rows(table_side side, std::size_t first, std::span<const Scalar> values,
                    std::span<const std::uint32_t> last) {
        changed();
        const auto shape = rows_of(side);
        auto& t = table_of(side);
        const auto& share = share_of(side);
        const std::size_t row = shape.vectors * shape.width;
        for (std::size_t k = 0; k < values.size() / row; ++k) {
            if (!share.is_mine(first + k)) continue;
            const std::size_t place = share.place(first + k);
            for (std::size_t v = 0; v < shape.vectors; ++v)
                std::copy_n(values.data() + k * row + v * shape.width, shape.width,
                            t.rows.row(place) + v * t.rows.pitch());
            if (!last.empty()) t.last[place] = last[k];
        }
    }
    void count_steps(double lr, std::size_t steps) {
        for (auto& each : workers_)
            for (std::size_t k = 0; k < steps; ++k) {
                each.rows.timeline.begin(lr);
                each.rows.timeline.commit();
            }
    }

    /// Each rank brings its own rows up to date, without waiting for the others.
    void settle() {
        changed();
        if constexpr (Optimizer::lazy)
            pool_.run([&](std::size_t thread) {
                settle_part(scoring_.users(), thread);
                settle_part(moving_.items(), thread);
            });
    }

private:
    using passes = detail::step_passes<Scalar, Dim, Scorer, Optimizer, Loss>;
    using worker = typename passes::worker;
    using batch_step = typename passes::batch_step;
    using table = typename passes::table;
    using rules_data = detail::row_rules_data<Scalar>;
    using plan_type = detail::exchange_plan;

    /// The steps [first, last) of a run, whose batches are planned together.
    struct step_group {
        const training_data& data;
        std::size_t batch_size;
        double lr;
        std::span<double> losses; // of the run
        std::size_t first, last;

        [[nodiscard]] std::size_t begin_of(std::size_t step) const { return step * batch_size; }
        [[nodiscard]] training_data batch(std::size_t step) const {
            const std::size_t begin = begin_of(step);
            const std::size_t size = (std::min)(batch_size, data.users.size() - begin);
            return {data.users.subspan(begin, size), data.items.subspan(begin, size),
                    data.targets.subspan(begin, size), detail::some_of(data.weights, begin, size)};
        }
    };

    [[nodiscard]] const detail::ranks& all() const noexcept { return users_.all(); }
    [[nodiscard]] std::size_t me() const noexcept { return all().me(); }
    [[nodiscard]] const detail::row_share& share_of(table_side side) const {
        return side == table_side::users ? users_.share() : items_.share();
    }
    [[nodiscard]] table& table_of(table_side side) {
        return side == table_side::users ? scoring_.users() : moving_.items();
    }
    void changed() noexcept {
        users_.changed();
        items_.changed();
    }
    void drop_moments() noexcept {
        users_.own().drop_moments();
        items_.own().drop_moments();
    }

    static table_rules own_part(const table_rules& rules, const detail::row_share& share) {
        table_rules part;
        part.lr_factor = rules.lr_factor;
        part.l2 = rules.l2;
        const auto take = [&](const std::vector<float>& from, std::vector<float>& to) {
            if (from.empty()) return;
            to.resize(share.own());
            for (std::size_t k = 0; k < to.size(); ++k) to[k] = from[share.row(k)];
        };
        take(rules.row_lr_factors, part.row_lr_factors);
        take(rules.row_l2, part.row_l2);
        if (rules.anchor.size() == 0) return part;
        part.anchor.resize(static_cast<Eigen::Index>(share.own()), rules.anchor.cols());
        for (std::size_t k = 0; k < share.own(); ++k)
            part.anchor.row(static_cast<Eigen::Index>(k)) =
                rules.anchor.row(static_cast<Eigen::Index>(share.row(k)));
        return part;
    }

    /// Ranks with other data would wait for each other without an end, or add up nonsense.
    void check_same(const training_data& data, std::size_t batch_size, double lr) const {
        detail::fingerprint sum;
        const double numbers[] = {lr, static_cast<double>(batch_size), static_cast<double>(steps())};
        sum.add(std::span<const double>(numbers));
        sum.add(data.users);
        sum.add(data.items);
        sum.add(data.targets);
        sum.add(data.weights);
        all().check_same(sum.value(), "training data");
    }

    std::optional<std::size_t> run_group(const step_group& now) {
        plan(now);
        values_.clear();
        std::size_t done = now.first;
        std::optional<std::size_t> bad;
        for (; done < now.last && !bad; ++done) {
            auto& plan = plans_[done - now.first];
            if (take_step(plan, done, now.lr)) {
                const auto own = scoring_.values().first(plan.place.size());
                values_.insert(values_.end(), own.begin(), own.end());
            } else {
                bad = now.begin_of(done) + end_at_failure(now.batch(done), plan);
            }
        }
        find_losses(now, bad ? done - 1 : done);
        return bad;
    }

    void plan(const step_group& now) {
        const std::size_t count = now.last - now.first;
        if (plans_.size() < count) plans_.resize(count);
        const std::span plans(plans_.data(), count);
        const auto each = [&](const auto& f) {
            pool_.run([&](std::size_t thread) {
                for (std::size_t k = thread; k < count; k += pool_.size()) f(k, workspaces_[thread]);
            });
        };
        each([&](std::size_t k, auto& with) { planner_.plan_own(now.batch(now.first + k), with, plans[k]); });
        planner_.exchange(plans);
        each([&](std::size_t k, auto& with) { planner_.plan_moving(k, with, plans[k]); });

        std::size_t slots = 0, blocks = 0, places = 0, rows = 0;
        for (const auto& plan : plans) {
            slots = (std::max)(slots, plan.fetched.all());
            blocks = (std::max)(blocks, plan.received.all());
            places = (std::max)({places, plan.scoring.item.size(), plan.moving.item.size()});
            rows = (std::max)({rows, plan.asking.all(), plan.sent.all()});
        }
        if (fetched_.rows() < slots) fetched_ = cpu_store<Scalar>(slots, fetched_.width(), false);
        if (pulling_.rows() < blocks) pulling_ = cpu_store<Scalar>(blocks, pulling_.width(), false);
        if (sent_.size() < rows * row_width()) sent_.resize(rows * row_width());
        scoring_.reserve(places, workers_);
        moving_.reserve_places(places);
    }
    [[nodiscard]] std::size_t row_width() const noexcept { return fetched_.width(); }

    /// Returns false if a loss or gradient of any rank is not finite; items have not moved then.
    bool take_step(plan_type& plan, std::size_t step, double lr) {
        const batch_step scoring = scoring_.begin(plan.scoring, step, plan.batch);
        const batch_step moving{plan.moving, pulling_.row(0), plan.batch};
        pool_.run([&](std::size_t thread) {
            worker& mine = workers_[thread];
            mine.rows.timeline.begin(lr);
            if constexpr (Optimizer::lazy) {
                const auto [first, end] = item_rows(plan.moving, thread);
                moving_.refresh_items(mine, moving, first, end);
            }
        });
        send_items(plan);
        finite_.assign(pool_.size(), 1);
        pool_.run([&](std::size_t thread) {
            const auto& users = plan.scoring.users;
            const std::uint32_t first = users.first_of(thread, pool_.size());
            const std::uint32_t end = users.first_of(thread + 1, pool_.size());
            if (!scoring_.move_users(workers_[thread], scoring, {first, end}, users.rows.size()))
                finite_[thread] = 0;
        });
        const bool finite = std::find(finite_.begin(), finite_.end(), 0) == finite_.end();
        if (!send_pulls(plan, scoring.user_copies, finite)) return false;
        pool_.run([&](std::size_t thread) {
            const auto [first, end] = item_rows(plan.moving, thread);
            moving_.move_items(workers_[thread], moving, first, end);
            workers_[thread].rows.timeline.commit();
        });
        return true;
    }

    /// The rows from .. to of items that a thread moves: about as many interactions as any other's.
    [[nodiscard]] std::pair<std::uint32_t, std::uint32_t> item_rows(const detail::batch_plan& plan,
                                                                    std::size_t thread) const {
        const auto bound = [&](std::size_t part) {
            if (part == 0) return std::uint32_t{0};
            const std::size_t slot = plan.items.first_of(part, pool_.size());
            return part == pool_.size() || slot >= plan.items.rows.size()
                       ? (std::numeric_limits<std::uint32_t>::max)()
                       : plan.items.rows[slot];
        };
        return {bound(thread), bound(thread + 1)};
    }

    void copy_row(const Scalar* from, Scalar* to) const {
        std::memcpy(to, from, row_width() * sizeof(Scalar));
    }

    void send_items(const plan_type& plan) {
        const std::size_t width = row_width();
        for (std::size_t rank = 0; rank < all().size(); ++rank) {
            const std::size_t begin = plan.asking.begin(rank);
            Scalar* to = rank == me() ? fetched_.row(plan.fetched.begin(rank)) : sent_.data() + begin * width;
            for (std::size_t k = 0; k < plan.asking.count(rank); ++k, to += width)
                copy_row(items_.own().row(plan.asked_of_me[begin + k]), to);
        }
        if (all().size() == 1) return;
        all().exchange(sent_.data(), plan.asking.without(me()), fetched_.row(0), plan.fetched.without(me()),
                       row_.type());
    }

    /// Returns whether all ranks' losses and gradients are finite.
    bool send_pulls(const plan_type& plan, const Scalar* users, bool finite) {
        const std::size_t width = row_width();
        const auto values = scoring_.gradients();
        for (std::size_t rank = 0; rank < all().size(); ++rank) {
            Scalar* to = rank == me() ? pulling_.row(plan.received.begin(rank))
                                      : sent_.data() + plan.sent.begin(rank) * width;
            const std::size_t pullers = plan.pullers.begin(rank);
            for (std::size_t k = 0; k < plan.pullers.count(rank); ++k, to += width)
                copy_row(users + plan.puller[pullers + k] * users_.own().pitch(), to);
            *to++ = finite ? Scalar(0) : Scalar(1);
            const std::size_t pulls = plan.pulls.begin(rank);
            for (std::size_t k = 0; k < plan.pulls.count(rank); ++k) {
                const std::size_t place = plan.pull[pulls + k];
                *to++ = finite || scoring_.is_finite(place) ? values[place]
                                                            : std::numeric_limits<Scalar>::quiet_NaN();
            }
        }
        if (all().size() > 1)
            all().exchange(sent_.data(), plan.sent.without(me()), pulling_.row(0),
                           plan.received.without(me()), row_.type());
        const Scalar* const received = pulling_.row(0);
        const auto derivatives = moving_.gradients();
        for (std::size_t i = 0; i < plan.derivative.size(); ++i)
            derivatives[i] = received[plan.derivative[i]];
        bool all_finite = true;
        for (const std::size_t at : plan.numbers) all_finite = all_finite && received[at] == Scalar(0);
        return all_finite;
    }

    /// Ends a run after a step with a loss that is not finite, as cpu_engine does: an item that only one interaction
    /// meets, a finite one, has moved. Returns the place in the batch of the first such interaction in the order of
    /// users.
    std::size_t end_at_failure(const training_data& batch, const plan_type& plan) {
        auto& items = moving_.items();
        worker& mine = workers_[0];
        const auto& side = plan.moving.items;
        const batch_step moving{plan.moving, pulling_.row(0), plan.batch};
        for (std::size_t slot = 0; slot < side.rows.size(); ++slot) {
            const std::uint32_t r = side.rows[slot];
            const bool alone = side.begin[slot + 1] - side.begin[slot] == 1;
            if (alone && std::isfinite(moving_.gradients()[side.positions[side.begin[slot]]]))
                moving_.move_items(mine, moving, r, r + 1);
            else if constexpr (Optimizer::lazy)
                if (items.rules.factor(r) != 0) mine.rows.settle(items, r, false);
        }
        for (auto& each : workers_) each.rows.timeline.commit();
        std::uint64_t first = (std::numeric_limits<std::uint64_t>::max)();
        for (std::size_t i = 0; i < plan.scoring.item.size(); ++i) {
            if (scoring_.is_finite(i)) continue;
            const std::uint32_t place = plan.place[plan.scoring.users.positions[i]];
            first = std::uint64_t{static_cast<std::uint32_t>(batch.users[place])} << 32U | place;
            break;
        }
        return static_cast<std::uint32_t>(all().least(first));
    }

    /// The losses of the steps [now.first, done): those of a step are added up, in the order of the batch's users, by
    /// one rank.
    void find_losses(const step_group& now, std::size_t done) {
        const std::size_t size = all().size();
        const auto judge = [&](std::size_t step) { return step % size; };
        const auto places = [&](std::size_t step, std::size_t rank) {
            return std::size_t{plans_[step - now.first].interactions[rank]};
        };
        detail::rank_counts sent, received;
        sent.set(size, [&](std::size_t rank) {
            std::size_t sum = 0;
            for (std::size_t step = now.first; step < done; ++step)
                if (judge(step) == rank) sum += places(step, me());
            return sum;
        });
        received.set(size, [&](std::size_t rank) {
            std::size_t sum = 0;
            for (std::size_t step = now.first; step < done; ++step)
                if (judge(step) == me()) sum += places(step, rank);
            return sum;
        });
        std::vector<Scalar> ordered(sent.all()), all_values;
        std::vector<std::size_t> next(size);
        for (std::size_t rank = 0; rank < size; ++rank) next[rank] = sent.begin(rank);
        std::size_t at = 0;
        for (std::size_t step = now.first; step < done; ++step) {
            const std::size_t count = places(step, me());
            std::copy_n(values_.data() + at, count, ordered.data() + next[judge(step)]);
            next[judge(step)] += count;
            at += count;
        }
        all().exchange(ordered, sent, all_values, received);
        for (std::size_t rank = 0; rank < size; ++rank) next[rank] = received.begin(rank);
        const auto losses = now.losses.subspan(now.first, done - now.first);
        std::fill(losses.begin(), losses.end(), 0.0);
        auto& with = workspaces_[0];
        for (std::size_t step = now.first; step < done; ++step) {
            if (judge(step) != me()) continue;
            const auto batch = now.batch(step);
            ordered.resize(batch.users.size());
            with.sorter.sort(batch.users, users_.rows(), with.side,
                             [](std::size_t, std::size_t, std::size_t) {});
            for (std::size_t i = 0; i < ordered.size(); ++i) {
                const user_id user = batch.users[with.side.positions[i]];
                ordered[i] = all_values[next[users_.share().owner(row_of(user))]++];
            }
            losses[step - now.first] = scoring_.mean_loss(ordered);
        }
        all().join(losses);
    }

    void settle_part(table& t, std::size_t thread) {
        const std::size_t end = t.last.rows() * (thread + 1) / pool_.size();
        for (std::size_t r = t.last.rows() * thread / pool_.size(); r < end; ++r)
            workers_[thread].rows.settle(t, r, true);
    }

    mpi_store<Scalar>& users_;
    mpi_store<Scalar>& items_;
    cpu_store<Scalar> fetched_; // [slots] the items of the rank's users
    cpu_store<Scalar> pulling_; // [rows of messages]
    passes scoring_;            // the rank's users and fetched_
    passes moving_;             // pulling_ and the rank's items
    double l2_;
    thread_pool pool_;
    detail::exchange_planner planner_;
    detail::mpi_block<Scalar> row_;
    std::vector<plan_type> plans_;                                // [steps of a group]
    std::vector<detail::exchange_planner::workspace> workspaces_; // [threads]
    std::vector<worker> workers_;                                 // [threads]
    std::vector<Scalar> sent_;                                    // messages to other ranks
    std::vector<Scalar> values_; // of the group's steps, the losses of the rank's interactions
    std::vector<char> finite_;   // [threads]
};

} // namespace graft::inline v0_1
