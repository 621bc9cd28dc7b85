#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

#include <graft/backend/cpu/batch_plan.hpp>
#include <graft/backend/cpu/pages.hpp>
#include <graft/backend/cpu/prefetch.hpp>
#include <graft/backend/cpu/row_stepper.hpp>
#include <graft/backend/cpu/rows.hpp>
#include <graft/backend/cpu/store.hpp>
#include <graft/backend/cpu/training_table.hpp>
#include <graft/backend/cpu/user_copies.hpp>
#include <graft/core/host_device.hpp>
#include <graft/core/ids.hpp>
#include <graft/core/shared_range.hpp>
#include <graft/loss/loss.hpp>

namespace graft::inline v0_1::detail {

/// The three passes of a training step, as cpu_engine describes them, over the rows that a thread is given.
template <class Scalar, int Dim, class Scorer, class Optimizer, class Loss>
class step_passes {
    using stepper = row_stepper<Scalar, Dim, Scorer, Optimizer>;
    using fetch = typename stepper::fetch;
    using catch_up_type = typename stepper::catch_up_type;
    using gradient_type = typename stepper::gradient_type;

public:
    using table = typename stepper::table;

    step_passes(cpu_store<Scalar>& users, cpu_store<Scalar>& items, Scalar mean, const Loss& loss,
                std::size_t group)
        : users_(users), items_(items), mean_(mean), loss_(loss), group_size_(group) {}

    /// What each thread has of its own. All timelines are equal: advancing one takes less time than waiting
    /// for a shared one.
    struct alignas(64) worker {
        worker(const Optimizer& o, std::size_t width) : rows(o, width) {}

        stepper rows;
        std::vector<gradient_type> gradients; // [batch] of the current row
        std::vector<std::uint32_t> sleeping;  // [batch] items to be brought up to date
        // [pitch] the weights of the current user before the step. On pages of their own, so that no other
        // thread writes to the same cache lines.
        pages weights;
        batch_sorter sorter;

        /// The timeline after so many more steps, of which nothing else is computed.
        void count_steps(double lr, std::size_t steps) {
            for (std::size_t k = 0; k < steps; ++k) {
                rows.timeline.begin(lr);
                rows.timeline.commit();
            }
        }
    };

    /// One step.
    struct batch_step {
        const batch_plan& plan;
        Scalar* user_copies; // [plan.users.rows x pitch]
        std::size_t size;    // of the batch, of which the plan may have a part

        [[nodiscard]] std::size_t batch() const { return size; }
        /// The weight of one term in the mean over the batch.
        [[nodiscard]] Scalar scale(std::size_t group_size) const {
            return Scalar(1) / static_cast<Scalar>(batch() / group_size);
        }
    };

    [[nodiscard]] table& users() noexcept { return users_; }
    [[nodiscard]] const table& users() const noexcept { return users_; }
    [[nodiscard]] table& items() noexcept { return items_; }
    [[nodiscard]] const table& items() const noexcept { return items_; }

    /// The rules of the steps from `now` on. All rows must be settled. Throws as training_table::prepare.
    void set_rules(row_rules_data<Scalar> for_users, row_rules_data<Scalar> for_items, std::uint32_t now,
                   std::size_t threads) {
        users_.template prepare<Optimizer>(for_users, now, threads);
        items_.template prepare<Optimizer>(for_items, now, threads);
        users_.set_rules(std::move(for_users));
        items_.set_rules(std::move(for_items));
    }
    void drop_moments() noexcept {
        users_.rows.drop_moments();
        items_.rows.drop_moments();
    }
    /// Brings a thread's part of all rows up to date.
    void settle(worker& me, std::size_t thread, std::size_t threads) {
        for (table* t : {&users_, &items_}) {
            const std::size_t end = t->last.rows() * (thread + 1) / threads;
            for (std::size_t r = t->last.rows() * thread / threads; r < end; ++r) me.rows.settle(*t, r, true);
        }
    }

    /// Allocates all memory for batches of up to `batch` interactions.
    void reserve(std::size_t batch, std::span<worker> workers) {
        reserve(batch, (std::min)(batch, users_.rows.rows()), workers);
    }
    /// copies: rows behind a step's user_copies.
    void reserve(std::size_t batch, std::size_t copies, std::span<worker> workers) {
        values_.resize(batch);
        gradients_.resize(batch);
        user_copies_.reserve(copies * users_.rows.pitch(), workers.size());
        for (auto& each : workers) {
            each.gradients.resize(batch);
            each.sleeping.resize(batch);
            each.weights.resize(users_.rows.pitch() * sizeof(Scalar));
            each.sorter.reserve(batch, users_.rows.rows());
            each.sorter.reserve(batch, items_.rows.rows());
        }
    }

    [[nodiscard]] batch_step begin(const batch_plan& plan, std::size_t step) const {
        return begin(plan, step, plan.item.size());
    }
    [[nodiscard]] batch_step begin(const batch_plan& plan, std::size_t step, std::size_t size) const {
        return {plan, user_copies_.of_step(step), size};
    }

    /// The first pass, for the items of rows first_row .. end_row.
    void refresh_items(worker& me, const batch_step& at, std::uint32_t first_row, std::uint32_t end_row) {
        if (items_.last.rows() == 0) return;
        const auto& side = at.plan.items;
        const std::size_t end = side.first_from(end_row);
        std::size_t count = 0; // few of a large batch: most moved in the step before
        for (std::size_t slot = side.first_from(first_row); slot < end; ++slot) {
            me.sleeping[count] = side.rows[slot];
            count += items_.last[side.rows[slot]] != me.rows.timeline.steps() ? 1 : 0;
        }
        for (std::size_t k = 0; k < count; ++k) {
            const Scalar* next =
                fetch::next_row(items_, k, count, [&](std::size_t i) { return me.sleeping[i]; });
            const std::size_t r = me.sleeping[k];
            const double factor = items_.rules.factor(r);
            catch_up_type workspace;
            me.rows.template catch_up<fetch::share>(items_, r, factor,
                                                    me.rows.coefficients_of(items_, r, factor, workspace),
                                                    items_.rows.row(r), next);
        }
    }

    /// The second pass, for the users of the slots `some`. known: rows of slots before this one are
    /// prefetched, since this thread probably works on them, too. Returns false if a loss or gradient is not
    /// finite; the rows of that user and item are then not moved.
    bool move_users(worker& me, const batch_step& at, shared_range::piece some, std::size_t known) {
        const auto& side = at.plan.users;
        const Scalar scale = at.scale(group_size());
        bool finite = true;
        alone_item found;
        for (std::size_t slot = some.begin; slot < some.end; ++slot) {
            const Scalar* next = fetch::next_row(users_, side, slot, known);
            const std::size_t r = side.rows[slot];
            const double factor = users_.rules.factor(r);
            catch_up_type workspace;
            const catch_up_type& coefficients = me.rows.coefficients_of(users_, r, factor, workspace);
            auto* user = static_cast<Scalar*>(me.weights.data());
            if (at.plan.awaited[slot] != 0) // pass 3 reads it
                user = at.user_copies + slot * users_.rows.pitch();
            me.rows.template catch_up<fetch::early>(users_, r, factor, coefficients, user, next);
            const std::size_t begin = side.begin[slot];
            const std::span gradients(me.gradients.data(), side.begin[slot + 1] - begin);
            const bool row_finite = find_gradients(me, at, begin, user, scale, gradients, found);
            finite = finite && row_finite;
            if (factor != 0 && row_finite)
                me.rows.template move<fetch::early, moves_user_biases<Loss>>(
                    users_, r, factor, coefficients, user, gradients, at.batch(), next);
            else
                fetch::template whole_row<fetch::early>(users_, next, me.rows.width());
            for (std::size_t i = 0; i < gradients.size(); ++i) {
                const std::size_t place = begin + i;
                if (at.plan.alone[place] == 0) continue;
                if (gradients.size() > 1) find_item(me, at.plan, place, found);
                move_item_alone(me, found, row_finite || is_finite(place), {gradients[i].factor, user},
                                at.batch());
            }
        }
        return finite;
    }

    /// The third pass, for the items of rows first_row .. end_row.
    void move_items(worker& me, const batch_step& at, std::uint32_t first_row, std::uint32_t end_row) {
        const auto& side = at.plan.items;
        const Scalar scale = at.scale(group_size());
        const std::size_t end = side.first_from(end_row);
        for (std::size_t slot = side.first_from(first_row); slot < end; ++slot) {
            const Scalar* next = fetch::next_row(items_, side, slot, side.rows.size());
            const auto user_before = [&](std::size_t position) GRAFT_INLINE_LAMBDA {
                return at.user_copies + at.plan.user_slot[position] * users_.rows.pitch();
            };
            constexpr std::size_t ahead = fetch::rows_ahead;
            if (slot + ahead < end) {
                const std::size_t first = side.begin[slot + ahead];
                const std::size_t last =
                    (std::min)(std::size_t{side.begin[slot + ahead + 1]}, first + 4); // more are rare
                for (std::size_t k = first; k < last; ++k)
                    fetch::weights(user_before(side.positions[k]), me.rows.width());
            }
            const std::size_t r = side.rows[slot];
            const double factor = items_.rules.factor(r);
            if (factor == 0) continue;
            const std::size_t begin = side.begin[slot];
            const std::span gradients(me.gradients.data(), side.begin[slot + 1] - begin);
            for (std::size_t i = 0; i < gradients.size(); ++i) {
                const std::size_t position = side.positions[begin + i];
                gradients[i] = {scale * gradients_[position], user_before(position)};
            }
            catch_up_type workspace;
            me.rows.template move<0>(items_, r, factor, me.rows.coefficients_of(items_, r, factor, workspace),
                                     items_.rows.row(r), gradients, at.batch(), next);
        }
    }

    /// The mean loss of a batch of `size` places, after the second pass.
    [[nodiscard]] double mean_loss(std::size_t size) const {
        return mean_loss(std::span(values_).first(size));
    }
    /// The same of the losses of all places, in the plan's order.
    [[nodiscard]] double mean_loss(std::span<const Scalar> values) const {
        constexpr std::size_t lanes = 8; // partial sums: a single one would wait for each addition
        std::array<double, lanes> sums{};
        const std::size_t size = values.size();
        std::size_t k = 0;
        for (; k + lanes <= size; k += lanes)
            for (std::size_t lane = 0; lane < lanes; ++lane)
                sums[lane] += static_cast<double>(values[k + lane]);
        double sum = std::accumulate(sums.begin(), sums.end(), 0.0);
        for (; k < size; ++k) sum += static_cast<double>(values[k]);
        return sum / static_cast<double>(size / group_size());
    }
    /// What each place adds to the loss and its derivative by the score, [batch], after the second pass.
    [[nodiscard]] std::span<Scalar> values() noexcept { return values_; }
    [[nodiscard]] std::span<Scalar> gradients() noexcept { return gradients_; }
    /// Whether the loss of a place and its gradient are finite, after the second pass.
    [[nodiscard]] bool is_finite(std::size_t place) const {
        return std::isfinite(values_[place]) && std::isfinite(gradients_[place]);
    }

private:
    /// An item that is alone, and what moving it takes.
    struct alone_item {
        std::size_t row = 0;
        double factor = 1;
        catch_up_type workspace;
        const catch_up_type* coefficients = nullptr;
        const Scalar* next = nullptr; // a later row, to be prefetched
    };

    /// Scores a user against the items at places begin, begin + 1 .. of the plan, and computes the gradients
    /// of its row. Sets values_ and gradients_ of those places. Returns false if one is not finite.
    GRAFT_ALWAYS_INLINE bool find_gradients(worker& me, const batch_step& at, std::size_t begin,
                                            const Scalar* user, Scalar scale,
                                            std::span<gradient_type> gradients, alone_item& found) {
        bool finite = true;
        const auto score_of = [&](std::size_t i) GRAFT_INLINE_LAMBDA {
            gradients[i].other = item_before(me, at.plan, begin + i, found);
            return score_rows<Scorer>(user, gradients[i].other, me.rows.dim(), mean_);
        };
        const bool weighed = !at.plan.weight.empty();
        if constexpr (pointwise_loss<Loss>) {
            Scalar zero = 0; // stays so while all is finite, which takes less than a test of each
            for (std::size_t i = 0; i < gradients.size(); ++i) {
                const std::size_t place = begin + i;
                auto terms = loss_(score_of(i), static_cast<Scalar>(at.plan.target[place]));
                if (weighed) {
                    const auto weight = static_cast<Scalar>(at.plan.weight[place]);
                    terms = {weight * terms.value, weight * terms.gradient};
                }
                values_[place] = terms.value;
                gradients_[place] = terms.gradient;
                zero += (terms.value - terms.value) + (terms.gradient - terms.gradient);
                gradients[i].factor = scale * terms.gradient;
            }
            return zero == 0;
        } else {
            for (std::size_t i = 0; i < gradients.size(); ++i) values_[begin + i] = score_of(i);
            for (std::size_t i = 0; i < gradients.size(); i += group_size()) {
                const std::size_t place = begin + i; // values_ holds scores until here
                const Scalar value =
                    loss_(&values_[place], &at.plan.target[place], group_size(), &gradients_[place]);
                const Scalar weight = weighed ? static_cast<Scalar>(at.plan.weight[place]) : Scalar(1);
                for (std::size_t k = 0; k < group_size(); ++k) {
                    values_[place + k] = k == 0 ? weight * value : Scalar(0);
                    gradients_[place + k] *= weight;
                }
                for (std::size_t k = 0; k < group_size(); ++k) {
                    finite = finite && is_finite(place + k);
                    gradients[i + k].factor = scale * gradients_[place + k];
                }
            }
        }
        return finite;
    }

    GRAFT_ALWAYS_INLINE void find_item(worker& me, const batch_plan& plan, std::size_t place,
                                       alone_item& item) const {
        constexpr std::size_t ahead = fetch::rows_ahead;
        item.row = row_of(plan.item[place]);
        item.factor = items_.rules.factor(item.row);
        item.coefficients = &me.rows.coefficients_of(items_, item.row, item.factor, item.workspace);
        item.next = place + ahead < plan.item.size() && plan.alone[place + ahead] != 0
                        ? items_.rows.row(row_of(plan.item[place + ahead]))
                        : nullptr;
    }
    /// The row of the item at a place, with its weights as of the last closed step. An item that is alone is
    /// brought up to date here, the others were in the first pass.
    [[nodiscard]] GRAFT_ALWAYS_INLINE const Scalar* item_before(worker& me, const batch_plan& plan,
                                                                std::size_t place, alone_item& item) {
        const Scalar* next =
            fetch::next_row(items_, place, plan.item.size(),
                            [&](std::size_t k) GRAFT_INLINE_LAMBDA { return row_of(plan.item[k]); });
        if (next != nullptr && plan.alone[place + fetch::rows_ahead] == 0) {
            fetch::weights(next, me.rows.width()); // pass 3 moves it
            next = nullptr;
        }
        if (plan.alone[place] == 0) {
            fetch::whole_row(items_, next, me.rows.width());
            return items_.rows.row(row_of(plan.item[place]));
        }
        find_item(me, plan, place, item);
        Scalar* const row = items_.rows.row(item.row);
        me.rows.template catch_up<fetch::early>(items_, item.row, item.factor, *item.coefficients, row, next);
        return row;
    }
    /// Moves an item that is alone. If it must not move, brings its moments up to date.
    GRAFT_ALWAYS_INLINE void move_item_alone(worker& me, const alone_item& item, bool finite,
                                             const gradient_type& user, std::size_t batch) {
        if (item.factor != 0 && finite) {
            me.rows.template move<fetch::early>(items_, item.row, item.factor, *item.coefficients,
                                                items_.rows.row(item.row), std::span(&user, 1), batch,
                                                item.next);
            return;
        }
        fetch::template whole_row<fetch::early>(items_, item.next, me.rows.width());
        if constexpr (Optimizer::lazy)
            if (item.factor != 0) me.rows.settle(items_, item.row, false);
    }

    [[nodiscard]] std::size_t group_size() const noexcept {
        if constexpr (pointwise_loss<Loss>)
            return 1;
        else
            return group_size_;
    }

    table users_;
    table items_;
    Scalar mean_;
    Loss loss_;
    std::size_t group_size_;
    user_copies<Scalar> user_copies_;
    std::vector<Scalar> values_;    // [batch] what each place adds to the loss, in the plan's order
    std::vector<Scalar> gradients_; // [batch] its derivative by the score
};

} // namespace graft::inline v0_1::detail
