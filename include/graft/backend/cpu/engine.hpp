#pragma once

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <type_traits>
#include <vector>

#include <Eigen/Core>

#include <graft/backend/cpu/batch_plan.hpp>
#include <graft/backend/cpu/rows.hpp>
#include <graft/backend/cpu/store.hpp>
#include <graft/core/barrier.hpp>
#include <graft/core/ids.hpp>
#include <graft/core/thread_pool.hpp>
#include <graft/optim/mse.hpp>

namespace graft {

/// Training steps on two tables in main memory. A step is three passes with a meeting of the threads after
/// each:
///   1. the items of the batch are brought up to date, in a compact copy;
///   2. each user row is brought up to date, scored against its items, and moved;
///   3. each item row is moved, with the user rows as they were before 2.
/// A row belongs to one thread and its sums run in the batch's order: the same bits for any number of
/// threads.
template <class Scalar, int Dim, class Scorer, class Optimizer>
class cpu_engine {
public:
    /// l2: weight of |p|^2 + |q|^2 per interaction. threads: 0 means all of the machine's.
    cpu_engine(cpu_store<Scalar>& users, cpu_store<Scalar>& items, Scalar mean, const Optimizer& o, double l2,
               std::size_t threads)
        : users_(users), items_(items), width_(users.width()), mean_(mean), l2_(static_cast<Scalar>(l2)),
          timeline_(o), pool_(threads), barrier_(pool_.size()) {
        users_.set_moments(Optimizer::moments);
        items_.set_moments(Optimizer::moments);
        if constexpr (Optimizer::lazy) {
            user_last_.assign(users_.rows(), 0);
            item_last_.assign(items_.rows(), 0);
        }
    }
    cpu_engine(const cpu_engine&) = delete;
    cpu_engine& operator=(const cpu_engine&) = delete;
    ~cpu_engine() {
        users_.set_moments(0);
        items_.set_moments(0);
    }

    [[nodiscard]] std::uint32_t steps() const noexcept { return timeline_.steps(); }

    /// One step for each `batch` consecutive interactions (the last may be shorter). Ids must be in range.
    /// losses: [steps], the mean squared error of each batch before its step. Returns the place of the first
    /// interaction whose residual is not finite, if any: its step and later ones are not finished.
    std::optional<std::size_t> run(std::span<const user_id> users, std::span<const item_id> items,
                                   std::span<const float> targets, std::size_t batch, double lr,
                                   std::span<double> losses) {
        const std::size_t steps = (users.size() + batch - 1) / batch;
        const std::size_t group = (std::max)(pool_.size(), std::size_t{1} << 16U >> std::bit_width(batch));
        plans_.resize((std::min)(group, steps));
        residuals_.resize(batch);
        failed_.store(no_step, std::memory_order_relaxed);
        const auto begin_of = [&](std::size_t step) { return step * batch; };
        const auto size_of = [&](std::size_t step) { return (std::min)(batch, users.size() - step * batch); };

        timeline_.begin(lr);
        pool_.run([&](std::size_t thread) {
            for (std::size_t first = 0; first < steps; first += group) {
                const std::size_t last = (std::min)(first + group, steps);
                for (std::size_t step = first + thread; step < last; step += pool_.size()) {
                    plans_[step - first].users.plan(users.subspan(begin_of(step), size_of(step)),
                                                    users_.rows());
                    plans_[step - first].items.plan(items.subspan(begin_of(step), size_of(step)),
                                                    items_.rows());
                }
                barrier_.arrive_and_wait();
                for (std::size_t step = first; step < last; ++step) {
                    const batch_plan& plan = plans_[step - first];
                    if (thread == 0) make_room(plan);
                    barrier_.arrive_and_wait();
                    gather_items(plan, thread);
                    barrier_.arrive_and_wait();
                    if (!move_users(plan, targets.subspan(begin_of(step), size_of(step)), thread))
                        failed_.store(step, std::memory_order_relaxed);
                    barrier_.arrive_and_wait();
                    if (failed_.load(std::memory_order_relaxed) != no_step) return;
                    if (thread == pool_.size() - 1) losses[step] = mean_loss(size_of(step));
                    move_items(plan, thread);
                    barrier_.arrive_and_wait();
                    if (thread == 0) {
                        timeline_.commit();
                        timeline_.begin(lr);
                    }
                }
            }
        });
        const std::size_t failed = failed_.load(std::memory_order_relaxed);
        if (failed == no_step) return std::nullopt;
        const auto bad =
            std::find_if(residuals_.begin(), residuals_.end(), [](Scalar r) { return !std::isfinite(r); });
        return begin_of(failed) + static_cast<std::size_t>(bad - residuals_.begin());
    }

    /// Brings every row up to date. O(rows width).
    void settle() {
        if constexpr (Optimizer::lazy)
            pool_.run([&](std::size_t thread) {
                settle_part(users_, user_last_, thread);
                settle_part(items_, item_last_, thread);
            });
    }

private:
    using batch_plan = detail::batch_plan;
    static constexpr std::size_t no_step = static_cast<std::size_t>(-1);
    static constexpr std::size_t ahead = 4; // rows to fetch before they are needed

    /// Numbers of a row that count as one; known to the compiler where Dim is.
    [[nodiscard]] std::size_t width() const noexcept {
        if constexpr (Dim != Eigen::Dynamic)
            return static_cast<std::size_t>(Dim) + (Scorer::has_biases ? 1 : 0);
        else
            return width_;
    }
    [[nodiscard]] std::size_t dim() const noexcept { return width() - (Scorer::has_biases ? 1 : 0); }

    void make_room(const batch_plan& plan) {
        const auto grow = [](detail::pages& room, std::size_t bytes) {
            if (room.bytes() < bytes) room.resize(bytes);
        };
        grow(user_copies_, plan.users.rows.size() * width() * sizeof(Scalar));
        grow(item_copies_, plan.items.rows.size() * width() * sizeof(Scalar));
    }
    [[nodiscard]] Scalar* user_copy(std::size_t slot) noexcept {
        return static_cast<Scalar*>(user_copies_.data()) + slot * width();
    }
    [[nodiscard]] Scalar* item_copy(std::size_t slot) noexcept {
        return static_cast<Scalar*>(item_copies_.data()) + slot * width();
    }

    [[nodiscard]] auto drift_of(const std::vector<std::uint32_t>& last, std::size_t row) const {
        if constexpr (Optimizer::lazy)
            return timeline_.drift_since(last[row]);
        else
            return timeline_.drift_since(0);
    }

    static void fetch(const cpu_store<Scalar>& store, const std::vector<std::uint32_t>& rows,
                      std::size_t slot) {
        if (slot >= rows.size()) return;
        const auto* bytes = reinterpret_cast<const char*>(store.row(rows[slot]));
        for (std::size_t b = 0; b < store.stride() * sizeof(Scalar); b += 64)
            __builtin_prefetch(bytes + b, 1);
    }

    /// to = the weights of the row as of the last closed step.
    template <class Drift>
    void caught_up(const Scalar* row, const Drift drift, std::uint32_t last, Scalar* to) const {
        if constexpr (Optimizer::lazy) {
            if (last == timeline_.steps() || (last == 0 && drift.keep == Scalar(1))) {
                std::copy_n(row, width(), to);
                return;
            }
            detail::accumulator<Scalar> least(std::numeric_limits<Scalar>::infinity());
            detail::for_each_chunk<Scalar>(width(), [=, size = width(), &least](auto piece, std::size_t at) {
                using chunk = detail::chunk_of<Scalar, piece()>;
                store<chunk>(
                    Optimizer::arithmetic::template catch_up<chunk>(row + at, size, drift, least.of(piece)),
                    to + at);
            });
            if (drift.e_min > 0 && least.least() < drift.e_min && !at_rest(row))
                timeline_.sleep_step_by_step(row, width(), last, to);
        } else {
            std::copy_n(row, width(), to);
        }
    }
    [[nodiscard]] bool at_rest(const Scalar* row) const {
        return std::all_of(row + width(), row + 2 * width(), [](Scalar m) { return m == Scalar(0); });
    }

    template <class Drift>
    void move(Scalar* row, const Scalar* weights, const Scalar* gradient, const Drift drift) const {
        detail::for_each_chunk<Scalar>(
            width(), [=, size = width(), c = timeline_.update()](auto piece, std::size_t at) {
                using chunk = detail::chunk_of<Scalar, piece()>;
                Optimizer::arithmetic::template update<chunk>(row + at, size, load<chunk>(weights + at),
                                                              load<chunk>(gradient + at), drift, c);
            });
    }

    void gather_items(const batch_plan& plan, std::size_t thread) {
        const auto& side = plan.items;
        const std::size_t end = side.part(thread + 1, pool_.size());
        for (std::size_t slot = side.part(thread, pool_.size()); slot < end; ++slot) {
            fetch(items_, side.rows, slot + ahead);
            const std::size_t r = side.rows[slot];
            caught_up(items_.row(r), drift_of(item_last_, r), last_of(item_last_, r), item_copy(slot));
        }
    }

    /// False if a residual is not finite; the row of its user is then not moved.
    bool move_users(const batch_plan& plan, std::span<const float> targets, std::size_t thread) {
        const auto& side = plan.users;
        const Scalar scale = Scalar(1) / static_cast<Scalar>(targets.size());
        std::vector<Scalar> gradient(width());
        bool finite = true;
        const std::size_t end = side.part(thread + 1, pool_.size());
        for (std::size_t slot = side.part(thread, pool_.size()); slot < end; ++slot) {
            fetch(users_, side.rows, slot + ahead);
            const std::size_t r = side.rows[slot];
            Scalar* row = users_.row(r);
            Scalar* user = user_copy(slot);
            const auto drift = drift_of(user_last_, r);
            caught_up(row, drift, last_of(user_last_, r), user);

            std::fill(gradient.begin(), gradient.end(), Scalar(0));
            bool row_finite = true;
            for (std::size_t i = side.begin[slot]; i < side.begin[slot + 1]; ++i) {
                const std::size_t place = side.positions[i];
                const Scalar* item = item_copy(plan.items.slot[place]);
                const Scalar residual = detail::score_rows<Scorer>(user, item, dim(), mean_) -
                                        static_cast<Scalar>(targets[place]);
                residuals_[place] = residual;
                row_finite = row_finite && std::isfinite(residual);
                add_gradient(gradient.data(), scale * mse::gradient(residual), item);
            }
            if (!row_finite) {
                finite = false;
                continue;
            }
            add_penalty(gradient.data(), scale, side.begin[slot + 1] - side.begin[slot], user);
            move(row, user, gradient.data(), drift);
            moved(user_last_, r);
        }
        return finite;
    }

    void move_items(const batch_plan& plan, std::size_t thread) {
        const auto& side = plan.items;
        const Scalar scale = Scalar(1) / static_cast<Scalar>(side.positions.size());
        std::vector<Scalar> gradient(width());
        const std::size_t end = side.part(thread + 1, pool_.size());
        for (std::size_t slot = side.part(thread, pool_.size()); slot < end; ++slot) {
            fetch(items_, side.rows, slot + ahead);
            const std::size_t r = side.rows[slot];
            std::fill(gradient.begin(), gradient.end(), Scalar(0));
            for (std::size_t i = side.begin[slot]; i < side.begin[slot + 1]; ++i) {
                const std::size_t place = side.positions[i];
                add_gradient(gradient.data(), scale * mse::gradient(residuals_[place]),
                             user_copy(plan.users.slot[place]));
            }
            add_penalty(gradient.data(), scale, side.begin[slot + 1] - side.begin[slot], item_copy(slot));
            move(items_.row(r), item_copy(slot), gradient.data(), drift_of(item_last_, r));
            moved(item_last_, r);
        }
    }

    /// The gradient of a row gains that of one interaction: factor times the other row, and for the bias
    /// factor.
    void add_gradient(Scalar* gradient, Scalar factor, const Scalar* other) const {
        detail::add_scaled(gradient, factor, other, dim());
        if constexpr (Scorer::has_biases) gradient[dim()] += factor;
    }
    void add_penalty(Scalar* gradient, Scalar scale, std::uint32_t interactions,
                     const Scalar* weights) const {
        if (l2_ > 0)
            detail::add_scaled(gradient, Scalar(2) * l2_ * scale * static_cast<Scalar>(interactions), weights,
                               width());
    }

    static std::uint32_t last_of(const std::vector<std::uint32_t>& last, std::size_t row) {
        if constexpr (Optimizer::lazy)
            return last[row];
        else
            return 0;
    }
    void moved(std::vector<std::uint32_t>& last, std::size_t row) {
        if constexpr (Optimizer::lazy) last[row] = timeline_.steps() + 1;
    }

    [[nodiscard]] double mean_loss(std::size_t size) const {
        double sum = 0;
        for (std::size_t k = 0; k < size; ++k) sum += static_cast<double>(mse::value(residuals_[k]));
        return sum / static_cast<double>(size);
    }

    void settle_part(cpu_store<Scalar>& table, std::vector<std::uint32_t>& last, std::size_t thread) {
        std::vector<Scalar> weights(width());
        const std::size_t end = table.rows() * (thread + 1) / pool_.size();
        for (std::size_t r = table.rows() * thread / pool_.size(); r < end; ++r) {
            const auto drift = drift_of(last, r);
            if (last[r] == timeline_.steps() || (last[r] == 0 && drift.keep == Scalar(1))) continue;
            caught_up(table.row(r), drift, last[r], weights.data());
            detail::for_each_chunk<Scalar>(width(), [&](auto piece, std::size_t at) {
                using chunk = detail::chunk_of<Scalar, piece()>;
                Optimizer::arithmetic::template settle<chunk>(table.row(r) + at, width(),
                                                              load<chunk>(weights.data() + at), drift);
            });
            last[r] = timeline_.steps();
        }
    }

    cpu_store<Scalar>& users_;
    cpu_store<Scalar>& items_;
    std::size_t width_;
    Scalar mean_;
    Scalar l2_;
    typename Optimizer::template timeline<Scalar> timeline_;
    thread_pool pool_;
    barrier barrier_;
    std::vector<std::uint32_t> user_last_; // step that a row is up to date with, 0: never touched
    std::vector<std::uint32_t> item_last_;
    std::vector<batch_plan> plans_;
    detail::pages user_copies_; // [unique users of the batch x width] before the step
    detail::pages item_copies_;
    std::vector<Scalar> residuals_; // [batch] score - target
    std::atomic<std::size_t> failed_ = no_step;
};

} // namespace graft
