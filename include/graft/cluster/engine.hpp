#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <new>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include <graft/backend/cpu/batch_plan.hpp>
#include <graft/backend/cpu/last_steps.hpp>
#include <graft/backend/cpu/step_passes.hpp>
#include <graft/backend/cpu/store.hpp>
#include <graft/backend/detail/row_rules.hpp>
#include <graft/backend/training_engine.hpp>
#include <graft/cluster/detail/exchange_plan.hpp>
#include <graft/cluster/detail/message_exchange.hpp>
#include <graft/cluster/detail/ranks.hpp>
#include <graft/cluster/detail/shared_exchange.hpp>
#include <graft/cluster/detail/shared_pages.hpp>
#include <graft/cluster/store.hpp>
#include <graft/core/detail/fingerprint.hpp>
#include <graft/core/error.hpp>
#include <graft/core/ids.hpp>
#include <graft/core/thread_pool.hpp>
#include <graft/optim/table_rules.hpp>

namespace graft::inline v0_1 {

/// A training_engine on two tables that are shared out over the ranks of an MPI program. All ranks call all members but
/// the destructor and `settle` at the same time, with the same arguments. Each rank works for its own users and its own
/// items, with the passes of cpu_engine, between which it waits for the others twice:
///   1. Its items that occur more than once, or that users of other ranks meet, are brought up to date, and the latter
///      sent to those ranks.
///   2. Its users are scored, and moved, and with them its items that only one of them meets. Each owner of other items
///      gets the rows that the users had before the step, and the derivatives of its interactions.
///   3. The rank's other items move.
/// Ranks of one machine send each other neither items nor users: all of them see the memory of these (`shared_pages`). There
/// a rank also moves others' items that only one of its users meets, as threads do.
/// An item's pulls are added up in the order of the batch's users, as on one machine: results have the same bits for any
/// number of ranks and threads.
template <class Scalar, int Dim, class Scorer, class Optimizer, class Loss>
class mpi_engine {
public:
    mpi_engine(mpi_store<Scalar>& users, mpi_store<Scalar>& items, Scalar mean, const Optimizer& o,
               const Loss& loss, const engine_options& options, const table_rules& user_rules,
               const table_rules& item_rules)
        : users_(users), items_(items), passes_(users.own(), items.own(), mean, loss, options.group_size),
          l2_(options.l2), pool_(options.threads), planner_(users.share(), items.share(), users.width()),
          messages_(users.all(), users.width()), shared_(users.all(), users.width()),
          in_place_(users.all().size() > 1) {
        try {
            for (std::size_t k = 0; k < pool_.size(); ++k) workers_.emplace_back(o, users.width());
            workspaces_.resize(pool_.size());
            plans_.resize(2 * pool_.size());
            set_rules(user_rules, item_rules);
        } catch (const std::bad_alloc&) {
            give_back();
            throw error("trainer: there is not the memory to train this model on so many threads; use fewer "
                        "threads or more machines");
        } catch (...) {
            give_back();
            throw;
        }
    }
    mpi_engine(const mpi_engine&) = delete;
    mpi_engine& operator=(const mpi_engine&) = delete;
    ~mpi_engine() { give_back(); }

    [[nodiscard]] std::uint32_t steps() const noexcept { return workers_[0].rows.timeline.steps(); }

    void set_rules(const table_rules& user_rules, const table_rules& item_rules) {
        settle();
        passes_.set_rules(rules_of(users_, user_rules), rules_of(items_, item_rules), steps(), pool_.size());
        if (in_place_) share_items(item_rules);
    }

    std::optional<std::size_t> run(const training_data& data, std::size_t batch_size, double lr,
                                   std::span<double> losses) {
        check_same(data, batch_size, lr);
        changed();
        share_memory((std::min)(batch_size, data.users.size()));
        const std::size_t group =
            (std::max)(std::size_t{1} << 16U >> std::bit_width(batch_size), std::size_t{1});
        step_group now{data, batch_size, lr, losses, 0, 0};
        plan(now, 0);
        while (now.last < losses.size()) {
            now.first = now.last;
            now.last = (std::min)(now.first + group, losses.size());
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
        for (auto& each : workers_) each.count_steps(lr, steps);
    }

    /// Each rank brings its own rows up to date, without waiting for the others.
    void settle() {
        changed();
        if constexpr (Optimizer::lazy)
            pool_.run([&](std::size_t thread) { passes_.settle(workers_[thread], thread, pool_.size()); });
    }

private:
    using passes = detail::step_passes<Scalar, Dim, Scorer, Optimizer, Loss>;
    using worker = typename passes::worker;
    using batch_step = typename passes::batch_step;
    using table = typename passes::table;
    using rules_data = detail::row_rules_data<Scalar>;
    using plan_type = detail::exchange_plan;

    /// The steps [first, last) of a run, whose losses are added up together.
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
        return side == table_side::users ? passes_.users() : passes_.items();
    }
    /// Leaves the tables as they are without an engine.
    void give_back() noexcept {
        passes_.drop_moments();
        items_.keep_rows();
    }
    void changed() noexcept {
        users_.changed();
        items_.changed();
    }

    [[nodiscard]] rules_data rules_of(const mpi_store<Scalar>& store, const table_rules& rules) const {
        const auto& share = store.share();
        return {picked(rules, share.own(), [&](std::size_t k) { return share.row(k); }), l2_, share.own(),
                store.width()};
    }
    /// The rules of the rows row_at(0) .. row_at(count - 1); of those that the table has not, any.
    template <class RowAt>
    static table_rules picked(const table_rules& rules, std::size_t count, const RowAt& row_at) {
        table_rules part;
        part.lr_factor = rules.lr_factor;
        part.l2 = rules.l2;
        const auto take = [&](const std::vector<float>& from, std::vector<float>& to) {
            if (from.empty()) return;
            to.resize(count);
            for (std::size_t k = 0; k < count; ++k)
                if (row_at(k) < from.size()) to[k] = from[row_at(k)];
        };
        take(rules.row_lr_factors, part.row_lr_factors);
        take(rules.row_l2, part.row_l2);
        if (rules.anchor.size() == 0) return part;
        part.anchor.setZero(static_cast<Eigen::Index>(count), rules.anchor.cols());
        for (std::size_t k = 0; k < count; ++k)
            if (row_at(k) < static_cast<std::size_t>(rules.anchor.rows()))
                part.anchor.row(static_cast<Eigen::Index>(k)) =
                    rules.anchor.row(static_cast<Eigen::Index>(row_at(k)));
        return part;
    }
    /// Lets ranks of one machine work on each other's items where they are, if they can.
    void share_items(const table_rules& rules) {
        using last_steps = detail::last_steps<Scalar>;
        in_place_ = items_.share_rows();
        if (in_place_ && Optimizer::lazy && items_.own().has_moments(Optimizer::moments) &&
            last_.bytes() == 0) {
            const std::size_t stride =
                last_steps::stride_for(items_.share().below(items_.rows(), 0), all().size());
            last_ = detail::shared_pages(all(), items_.rows_apart() * stride);
            in_place_ = last_.bytes() > 0;
            if (in_place_) passes_.items().last.move_to(last_.own(), stride);
        }
        if (!in_place_) return items_.keep_rows();
        const std::size_t apart = items_.rows_apart();
        const std::size_t count = apart * all().size();
        const auto row_at = [&](std::size_t number) {
            return number % apart * all().size() + detail::rank_at(number / apart, me());
        };
        passes_.items().set_rules({picked(rules, count, row_at), l2_, count, items_.width()});
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
        values_.clear();
        own_.clear();
        std::optional<std::size_t> bad;
        for (std::size_t step = now.first; step < now.last && !bad; ++step) {
            if (step % pool_.size() == 0) make_room(now, step);
            auto& plan = plan_of(step);
            if (take_step(now, step, plan)) {
                const auto own = passes_.values().first(plan.work.target.size());
                values_.insert(values_.end(), own.begin(), own.end());
                own_.push_back(own.size());
            } else {
                bad = now.begin_of(step) + end_at_failure(now.batch(step), step, plan);
            }
        }
        find_losses(now);
        return bad;
    }

    /// Plans are made for as many steps at once as there are threads, and while those before are still in use.
    [[nodiscard]] plan_type& plan_of(std::size_t step) { return plans_[step % plans_.size()]; }
    /// Of the steps from `first` on that are planned together: those that the run has.
    [[nodiscard]] std::size_t planned(const step_group& now, std::size_t first) const {
        return (std::min)(pool_.size(), now.losses.size() - first);
    }
    /// Makes the plans of the steps from `first` on, one for each thread.
    void plan(const step_group& now, std::size_t first) {
        const std::size_t count = planned(now, first);
        pool_.run([&](std::size_t thread) {
            if (thread < count)
                planner_.plan(now.batch(first + thread), workspaces_[thread], plan_of(first + thread));
        });
    }
    /// Decides whether ranks work on each other's items where they are, or send messages.
    void share_memory(std::size_t batch) {
        if (in_place_) {
            const std::size_t users = (std::min)(batch, users_.share().below(users_.rows(), 0));
            in_place_ = shared_.reserve(users, batch);
            if (!in_place_) items_.keep_rows();
        }
        planner_.set_rows_apart(in_place_ ? items_.rows_apart() : 0);
    }
    /// Allocates what the steps from `first` on need that are planned together.
    void make_room(const step_group& now, std::size_t first) {
        std::size_t places = 0, copies = 0, lent = 0, sent = 0;
        for (std::size_t step = first; step < first + planned(now, first); ++step) {
            const auto& plan = plan_of(step);
            places = (std::max)(places, plan.work.item.size());
            copies = (std::max)(copies, plan.users[me()] + plan.received.all());
            lent = (std::max)(lent, plan.lent_items.all());
            sent = (std::max)({sent, plan.sent_items.all(), plan.sent.all()});
        }
        if (!in_place_) messages_.reserve(items_.own(), lent, sent);
        passes_.reserve(places, in_place_ ? 0 : copies, workers_);
    }
    [[nodiscard]] batch_step begin(const plan_type& plan, std::size_t step) const {
        if (in_place_) return {plan.work, shared_.copies(step), plan.batch};
        return passes_.begin(plan.work, step, plan.batch);
    }

    /// Returns false if a loss or gradient of any rank is not finite.
    bool take_step(const step_group& now, std::size_t step, plan_type& plan) {
        const batch_step at = begin(plan, step);
        pool_.run([&](std::size_t thread) {
            worker& mine = workers_[thread];
            mine.rows.timeline.begin(now.lr);
            if constexpr (Optimizer::lazy) {
                const auto [first, end] = item_rows(plan.work, thread);
                passes_.refresh_items(mine, at, first, end);
            }
        });
        if (in_place_)
            shared_.trade_alone(step, plan);
        else
            messages_.send_items(plan, items_.own());
        finite_.assign(pool_.size(), 1);
        pool_.run([&](std::size_t thread) {
            const auto& users = plan.work.users;
            const std::uint32_t first = users.first_of(thread, pool_.size());
            const std::uint32_t end = users.first_of(thread + 1, pool_.size());
            if (!passes_.move_users(workers_[thread], at, {first, end}, users.rows.size()))
                finite_[thread] = 0;
        });
        const bool finite = std::find(finite_.begin(), finite_.end(), 0) == finite_.end();
        const std::size_t next = step + 1;
        const auto plan_next = [&] {
            if (next % pool_.size() == 0 && next < now.losses.size()) this->plan(now, next);
        };
        if (!trade_pulls(plan, step, at.user_copies, finite, plan_next)) return false;
        pool_.run([&](std::size_t thread) {
            const auto [first, end] = item_rows(plan.work, thread);
            passes_.move_items(workers_[thread], at, first, end);
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

    template <class Work>
    bool trade_pulls(plan_type& plan, std::size_t step, Scalar* copies, bool finite, const Work& work) {
        const auto derivatives = passes_.gradients();
        const auto derivative_at = [&](std::size_t place) {
            return finite || passes_.is_finite(place) ? derivatives[place]
                                                      : std::numeric_limits<Scalar>::quiet_NaN();
        };
        return in_place_ ? shared_.trade_pulls(step, plan, derivatives, finite, derivative_at, work)
                         : messages_.trade_pulls(plan, copies, derivatives, finite, derivative_at, work);
    }

    /// Ends a run after a step with a loss that is not finite, as cpu_engine does: an item that only one interaction
    /// meets, a finite one, has moved. Returns the place in the batch of the first such interaction in the order of
    /// users.
    std::size_t end_at_failure(const training_data& batch, std::size_t step, const plan_type& plan) {
        auto& items = passes_.items();
        worker& mine = workers_[0];
        const auto& side = plan.work.items;
        const batch_step at = begin(plan, step);
        for (std::size_t slot = 0; slot < side.rows.size(); ++slot) {
            const std::uint32_t r = side.rows[slot];
            const bool alone = side.begin[slot + 1] - side.begin[slot] == 1;
            if (alone && std::isfinite(passes_.gradients()[side.positions[side.begin[slot]]]))
                passes_.move_items(mine, at, r, r + 1);
            else if constexpr (Optimizer::lazy)
                if (items.rules.factor(r) != 0) mine.rows.settle(items, r, false);
        }
        for (auto& each : workers_) each.rows.timeline.commit();
        std::uint64_t first = (std::numeric_limits<std::uint64_t>::max)();
        for (std::size_t i = 0; i < plan.work.target.size(); ++i) {
            if (passes_.is_finite(i)) continue;
            const std::uint32_t place = plan.work.users.positions[i];
            first = std::uint64_t{static_cast<std::uint32_t>(batch.users[place])} << 32U | place;
            break;
        }
        return static_cast<std::uint32_t>(all().least(first));
    }

    /// The losses of the group's steps that all ranks have taken: those of a step are added up, in the order of the
    /// batch's users, by one rank.
    void find_losses(const step_group& now) {
        const std::size_t size = all().size();
        const std::size_t count = own_.size();
        detail::rank_counts sent, received;
        sent.set(size, [&](std::size_t rank) {
            std::size_t sum = 0;
            for (std::size_t k = rank; k < count; k += size) sum += own_[k];
            return sum;
        });
        std::vector<std::size_t> next(size, 0);
        for (std::size_t k = me(); k < count; k += size)
            for (const user_id user : now.batch(now.first + k).users)
                ++next[users_.share().owner(row_of(user))];
        received.set(size, [&](std::size_t rank) { return next[rank]; });
        std::vector<Scalar> ordered, all_values; // by judge
        for (std::size_t rank = 0; rank < size; ++rank) {
            auto from = values_.begin();
            for (std::size_t k = 0; k < count; ++k) {
                const auto end = from + static_cast<std::ptrdiff_t>(own_[k]);
                if (k % size == rank) ordered.insert(ordered.end(), from, end);
                from = end;
            }
        }
        all().exchange(ordered, sent, all_values, received);
        for (std::size_t rank = 0; rank < size; ++rank) next[rank] = received.begin(rank);
        const auto losses = now.losses.subspan(now.first, count);
        std::fill(losses.begin(), losses.end(), 0.0);
        auto& sorter = workspaces_[0].sorter;
        for (std::size_t k = me(); k < count; k += size) {
            const auto users = now.batch(now.first + k).users;
            ordered.resize(users.size());
            sorter.sort(users, users_.rows(), side_, [](std::size_t, std::size_t, std::size_t) {});
            for (std::size_t i = 0; i < ordered.size(); ++i) {
                const user_id user = users[side_.positions[i]];
                ordered[i] = all_values[next[users_.share().owner(row_of(user))]++];
            }
            losses[k] = passes_.mean_loss(ordered);
        }
        all().join(losses);
    }

    mpi_store<Scalar>& users_;
    mpi_store<Scalar>& items_;
    detail::shared_pages last_; // the last steps of items that ranks share
    passes passes_;             // on the rank's own rows, and on others' items behind them
    double l2_;
    thread_pool pool_;
    detail::exchange_planner planner_;
    detail::message_exchange<Scalar> messages_;
    detail::shared_exchange<Scalar> shared_;
    bool in_place_;                // ranks work on each other's items where they are
    std::vector<plan_type> plans_; // [2 x threads]
    std::vector<detail::exchange_planner::workspace> workspaces_; // [threads]
    std::vector<worker> workers_;                                 // [threads]
    std::vector<Scalar> values_;   // of the group's steps, the losses of the rank's interactions
    std::vector<std::size_t> own_; // [steps of the group] how many these are
    detail::batch_side side_;      // of a step's users, by which its losses are added up
    std::vector<char> finite_;     // [threads]
};

} // namespace graft::inline v0_1
