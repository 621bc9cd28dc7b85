#pragma once

#include <algorithm>
#include <atomic>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <new>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <graft/backend/cpu/batch_plan.hpp>
#include <graft/backend/cpu/step_passes.hpp>
#include <graft/backend/cpu/store.hpp>
#include <graft/backend/detail/row_rules.hpp>
#include <graft/backend/training_engine.hpp>
#include <graft/core/barrier.hpp>
#include <graft/core/error.hpp>
#include <graft/core/ids.hpp>
#include <graft/core/shared_range.hpp>
#include <graft/core/team_size.hpp>
#include <graft/core/thread_pool.hpp>
#include <graft/optim/table_rules.hpp>

namespace graft::inline v0_1 {

/// A training_engine on two tables in main memory. Most items of a batch occur in it once (`alone` in the
/// plan); they move together with their user. A step has three passes, and the threads wait for each other
/// before and after the second:
///   1. The weights of the other items are brought up to date (lazy optimizers only).
///   2. Each user row is brought up to date, copied, scored against its items, and moved. The rows of its
///      items that are alone are brought up to date and moved with it.
///   3. Each other item row is moved by the copies of pass 2, which are the user rows before the step.
/// In a pass a row belongs to one thread, and its sums run in the plan's order: results have the same bits
/// for any number of threads.
template <class Scalar, int Dim, class Scorer, class Optimizer, class Loss>
class cpu_engine {
public:
    cpu_engine(cpu_store<Scalar>& users, cpu_store<Scalar>& items, Scalar mean, const Optimizer& o,
               const Loss& loss, const engine_options& options, const table_rules& user_rules,
               const table_rules& item_rules)
        : passes_(users, items, mean, loss, options.group_size), l2_(options.l2), pool_(options.threads),
          team_(pool_.size()), barrier_(pool_.size()), user_slots_(pool_.size()) {
        try {
            for (std::size_t k = 0; k < pool_.size(); ++k) workers_.emplace_back(o, users.width());
            set_rules(user_rules, item_rules);
        } catch (const std::bad_alloc&) {
            passes_.drop_moments();
            fail_for_memory("this model");
        } catch (...) {
            passes_.drop_moments();
            throw;
        }
    }
    cpu_engine(const cpu_engine&) = delete;
    cpu_engine& operator=(const cpu_engine&) = delete;
    ~cpu_engine() { passes_.drop_moments(); }

    [[nodiscard]] std::uint32_t steps() const noexcept { return workers_[0].rows.timeline.steps(); }

    void set_rules(const table_rules& user_rules, const table_rules& item_rules) {
        settle();
        const auto& users = passes_.users().rows;
        const auto& items = passes_.items().rows;
        passes_.set_rules(rules_data(user_rules, l2_, users.rows(), users.width()),
                          rules_data(item_rules, l2_, items.rows(), items.width()), steps(), pool_.size());
    }

    std::optional<std::size_t> run(const training_data& data, std::size_t batch_size, double lr,
                                   std::span<double> losses) {
        const std::size_t size = data.users.size();
        const std::size_t steps = (size + batch_size - 1) / batch_size;
        const std::size_t group =
            (std::max)(pool_.size(), std::size_t{1} << 16U >> std::bit_width(batch_size));
        allocate((std::min)(group, steps), (std::min)(batch_size, size), data.items);
        failed_.store(no_step, std::memory_order_relaxed);
        for (std::size_t first = 0; first < steps; first += group) {
            const step_group now{data, batch_size, lr, losses, first, (std::min)(first + group, steps)};
            run_group(now);
            if (failed_.load(std::memory_order_relaxed) != no_step) return end_at_failure(now);
        }
        return std::nullopt;
    }

    [[nodiscard]] training_rows rows_of(table_side side) const {
        const table& t = table_of(side);
        return {t.rows.rows(), t.rows.stride() / t.rows.pitch(), t.rows.width(), t.last.rows() > 0};
    }
    void read_rows(table_side side, std::size_t first, std::span<Scalar> values,
                   std::span<std::uint32_t> last) {
        const auto shape = rows_of(side);
        const auto& t = table_of(side);
        for (std::size_t k = 0; k < values.size() / shape.width; ++k)
            std::copy_n(vector_of(t, first, k), shape.width, values.data() + k * shape.width);
        for (std::size_t k = 0; k < last.size(); ++k) last[k] = t.last[first + k];
    }
    void write_rows(table_side side, std::size_t first, std::span<const Scalar> values,
                    std::span<const std::uint32_t> last) {
        const auto shape = rows_of(side);
        auto& t = table_of(side);
        for (std::size_t k = 0; k < values.size() / shape.width; ++k)
            std::copy_n(values.data() + k * shape.width, shape.width, vector_of(t, first, k));
        for (std::size_t k = 0; k < last.size(); ++k) t.last[first + k] = last[k];
    }
    void count_steps(double lr, std::size_t steps) {
        workers_[0].count_steps(lr, steps); // threads copy its timeline before they next work
    }

    void settle() {
        if constexpr (Optimizer::lazy) {
            make_team(pool_.size());
            pool_.run([&](std::size_t thread) { passes_.settle(workers_[thread], thread, pool_.size()); });
        }
    }

private:
    using passes = detail::step_passes<Scalar, Dim, Scorer, Optimizer, Loss>;
    using worker = typename passes::worker;
    using batch_step = typename passes::batch_step;
    using table = typename passes::table;
    using rules_data = detail::row_rules_data<Scalar>;
    static constexpr std::size_t no_step = static_cast<std::size_t>(-1);

    /// The steps [first, last) of a run, whose batches are planned together.
    struct step_group {
        const training_data& data;
        std::size_t batch_size;
        double lr;
        std::span<double> losses; // of the run
        std::size_t first, last;

        [[nodiscard]] std::size_t begin_of(std::size_t step) const { return step * batch_size; }
        [[nodiscard]] std::size_t size_of(std::size_t step) const {
            return (std::min)(batch_size, data.users.size() - begin_of(step));
        }
    };

    [[nodiscard]] const table& table_of(table_side side) const {
        return side == table_side::users ? passes_.users() : passes_.items();
    }
    [[nodiscard]] table& table_of(table_side side) {
        return side == table_side::users ? passes_.users() : passes_.items();
    }
    /// The k-th vector of the rows from `first` on.
    [[nodiscard]] static Scalar* vector_of(const table& t, std::size_t first, std::size_t k) {
        return t.rows.row(first) + k * t.rows.pitch();
    }

    /// Allocates all memory before the threads start: if one threw, the others would wait for it.
    void allocate(std::size_t plans, std::size_t batch, std::span<const item_id> items) {
        try {
            plans_.resize(plans);
            for (auto& plan : plans_) plan.reserve(batch);
            passes_.reserve(batch, workers_);
            sample_items(items);
        } catch (const std::bad_alloc&) {
            fail_for_memory("batches of " + std::to_string(batch) + " interactions");
        }
    }
    [[noreturn]] void fail_for_memory(const std::string& what) const {
        throw error("trainer: there is not the memory to train " + what + " on " +
                    std::to_string(pool_.size()) + " threads; use fewer threads or smaller batches");
    }

    /// Takes a sorted sample of the run's items. make_team divides the items among threads by it.
    void sample_items(std::span<const item_id> ids) {
        item_sample_.clear();
        if (pool_.size() == 1) return;
        const std::size_t stride = ids.size() / 1024 + 1;
        for (std::size_t k = 0; k < ids.size(); k += stride)
            item_sample_.push_back(static_cast<std::uint32_t>(ids[k]));
        std::sort(item_sample_.begin(), item_sample_.end());
    }

    /// Sets how many threads work on the next group of steps. Each has the items between two bounds, which
    /// occur about as often in the run as those of any other thread. The bounds are the same in all steps of
    /// the group, so a thread can bring its items up to date for the next step without waiting. Threads that
    /// paused copy the timeline of the first.
    void make_team(std::size_t threads) {
        barrier_.resize(threads);
        item_bounds_.assign(threads + 1, static_cast<std::uint32_t>(passes_.items().rows.rows()));
        item_bounds_[0] = 0;
        for (std::size_t thread = 1; thread < threads; ++thread) {
            if (!item_sample_.empty())
                item_bounds_[thread] = item_sample_[item_sample_.size() * thread / threads];
            auto& timeline = workers_[thread].rows.timeline;
            if (timeline.steps() != steps()) timeline = workers_[0].rows.timeline;
        }
    }

    void run_group(const step_group& now) {
        using clock = std::chrono::steady_clock;
        const std::size_t threads = team_.now();
        make_team(threads);
        const auto began = clock::now();
        pool_.run([&](std::size_t thread) { run_steps(now, thread, threads); }, threads);
        team_.worked(static_cast<double>(now.last - now.first) * static_cast<double>(now.batch_size),
                     std::chrono::duration<double>(clock::now() - began).count(),
                     barrier_.take_seconds_asleep());
    }

    /// The work of one thread in a group of steps.
    void run_steps(const step_group& now, std::size_t thread, std::size_t threads) {
        worker& me = workers_[thread];
        for (std::size_t step = now.first + thread; step < now.last; step += threads) {
            const std::size_t begin = now.begin_of(step);
            const std::size_t size = now.size_of(step);
            plans_[step - now.first].plan(now.data.users.subspan(begin, size), passes_.users().rows.rows(),
                                          now.data.items.subspan(begin, size), passes_.items().rows.rows(),
                                          now.data.targets.subspan(begin, size), me.sorter,
                                          detail::some_of(now.data.weights, begin, size));
        }
        barrier_.arrive_and_wait();
        for (std::size_t step = now.first; step < now.last; ++step) {
            const batch_step at = passes_.begin(plans_[step - now.first], step);
            me.rows.timeline.begin(now.lr);
            user_slots_[thread].put(
                {at.plan.users.first_of(thread, threads), at.plan.users.first_of(thread + 1, threads)});
            if constexpr (Optimizer::lazy)
                passes_.refresh_items(me, at, item_bounds_[thread], item_bounds_[thread + 1]);
            if (Optimizer::lazy || step > now.first) barrier_.arrive_and_wait();
            if (!move_users(me, at, thread, threads)) failed_.store(step, std::memory_order_relaxed);
            barrier_.arrive_and_wait();
            if (failed_.load(std::memory_order_relaxed) != no_step) return;
            if (thread == threads - 1) now.losses[step] = passes_.mean_loss(at.batch());
            passes_.move_items(me, at, item_bounds_[thread], item_bounds_[thread + 1]);
            me.rows.timeline.commit();
        }
    }

    /// The second pass. A thread that is done with its own users goes on with those of others, since cores
    /// are not equally fast all the time. Returns false if a loss is not finite.
    bool move_users(worker& me, const batch_step& at, std::size_t thread, std::size_t threads) {
        bool finite = true;
        auto& own = user_slots_[thread];
        for (auto some = own.take_front(); !some.is_empty(); some = own.take_front())
            finite = passes_.move_users(me, at, some, at.plan.users.rows.size()) && finite;
        for (std::size_t k = 1; k < threads; ++k) {
            auto& other = user_slots_[(thread + k) % threads];
            for (auto some = other.take_back(); !some.is_empty(); some = other.take_back())
                finite = passes_.move_users(me, at, some, some.end) && finite;
        }
        return finite;
    }

    /// Ends a run after a step with a loss that is not finite. Returns the place of the first such
    /// interaction in the plan's order.
    std::size_t end_at_failure(const step_group& now) {
        const std::size_t failed = failed_.load(std::memory_order_relaxed);
        const auto& plan = plans_[failed - now.first];
        auto& items = passes_.items();
        if constexpr (Optimizer::lazy) // pass 1 updated the weights of these items, not their moments
            for (const std::uint32_t r : plan.items.rows)
                if (items.rules.factor(r) != 0) workers_[0].rows.settle(items, r, false);
        workers_[0].rows.timeline.commit(); // rows with finite losses took the step
        std::size_t place = 0;
        while (passes_.is_finite(place)) ++place;
        return now.begin_of(failed) + plan.users.positions[place];
    }

    passes passes_;
    double l2_;
    thread_pool pool_;
    team_size team_;
    barrier barrier_;
    std::vector<shared_range> user_slots_;   // [threads] slots that pass 2 has yet to do
    std::vector<std::uint32_t> item_sample_; // of the run, ascending
    std::vector<std::uint32_t> item_bounds_; // [team + 1] thread t has the rows from bound t to bound t + 1
    std::vector<detail::batch_plan> plans_;  // [steps of a group]
    std::vector<worker> workers_;            // [threads]
    std::atomic<std::size_t> failed_ = no_step;
};

} // namespace graft::inline v0_1
