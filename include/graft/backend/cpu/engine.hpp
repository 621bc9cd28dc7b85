#pragma once

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <type_traits>
#include <vector>

#include <Eigen/Core>

#include <graft/backend/cpu/batch_plan.hpp>
#include <graft/backend/cpu/rows.hpp>
#include <graft/backend/cpu/store.hpp>
#include <graft/core/barrier.hpp>
#include <graft/core/host_device.hpp>
#include <graft/core/ids.hpp>
#include <graft/core/thread_pool.hpp>
#include <graft/optim/mse.hpp>
#include <graft/optim/table_rules.hpp>

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
    /// l2: weight of |p|^2 + |q|^2 per interaction, where the rules have none of their own. threads: 0 means
    /// all of the machine's. The rules must fit the tables.
    cpu_engine(cpu_store<Scalar>& users, cpu_store<Scalar>& items, Scalar mean, const Optimizer& o, double l2,
               const table_rules& user_rules, const table_rules& item_rules, std::size_t threads)
        : users_(users), items_(items), width_(users.width()), mean_(mean), l2_(l2), timeline_(o),
          pool_(threads), barrier_(pool_.size()), gradients_(pool_.size()) {
        set_rules(user_rules, item_rules);
    }
    cpu_engine(const cpu_engine&) = delete;
    cpu_engine& operator=(const cpu_engine&) = delete;
    ~cpu_engine() {
        users_.rows.set_moments(0);
        items_.rows.set_moments(0);
    }

    [[nodiscard]] std::uint32_t steps() const noexcept { return timeline_.steps(); }

    /// Settles, and from then on goes by other rules.
    void set_rules(const table_rules& user_rules, const table_rules& item_rules) {
        settle();
        obey(users_, user_rules);
        obey(items_, item_rules);
    }

    /// One step for each `batch` consecutive interactions (the last may be shorter). Ids must be in range.
    /// losses: [steps], the mean squared error of each batch before its step. Returns the place of the first
    /// interaction whose residual is not finite, if any: its step, the last one, moved only users without
    /// such ones.
    std::optional<std::size_t> run(std::span<const user_id> users, std::span<const item_id> items,
                                   std::span<const float> targets, std::size_t batch, double lr,
                                   std::span<double> losses) {
        const std::size_t steps = (users.size() + batch - 1) / batch;
        const std::size_t group = (std::max)(pool_.size(), std::size_t{1} << 16U >> std::bit_width(batch));
        plans_.resize((std::min)(group, steps));
        for (auto& plan : plans_) plan.reserve((std::min)(batch, users.size()));
        residuals_.resize((std::min)(batch, users.size()));
        make_room(users_, residuals_.size());
        make_room(items_, residuals_.size());
        share_out(users_, users);
        share_out(items_, items);
        failed_.store(no_step, std::memory_order_relaxed);
        const auto begin_of = [&](std::size_t step) { return step * batch; };
        const auto size_of = [&](std::size_t step) { return (std::min)(batch, users.size() - step * batch); };

        timeline_.begin(lr);
        pool_.run([&](std::size_t thread) {
            for (std::size_t first = 0; first < steps; first += group) {
                const std::size_t last = (std::min)(first + group, steps);
                for (std::size_t step = first + thread; step < last; step += pool_.size()) {
                    auto& plan = plans_[step - first];
                    plan.users.plan(users.subspan(begin_of(step), size_of(step)), users_.rows.rows());
                    plan.items.plan(items.subspan(begin_of(step), size_of(step)), items_.rows.rows());
                }
                barrier_.arrive_and_wait();
                for (std::size_t step = first; step < last; ++step) {
                    const batch_plan& plan = plans_[step - first];
                    gather_items(plan, thread);
                    barrier_.arrive_and_wait();
                    if (!move_users(plan, targets.subspan(begin_of(step), size_of(step)), thread))
                        failed_.store(step, std::memory_order_relaxed);
                    barrier_.arrive_and_wait();
                    if (failed_.load(std::memory_order_relaxed) != no_step) return;
                    if (thread == pool_.size() - 1) losses[step] = mean_loss(size_of(step));
                    move_items(plan, thread);
                    barrier_.arrive_and_wait([&] {
                        timeline_.commit();
                        timeline_.begin(lr);
                    });
                }
            }
        });
        const std::size_t failed = failed_.load(std::memory_order_relaxed);
        if (failed == no_step) return std::nullopt;
        timeline_.commit(); // users with finite residuals have taken the step
        const auto bad =
            std::find_if(residuals_.begin(), residuals_.end(), [](Scalar r) { return !std::isfinite(r); });
        return begin_of(failed) + static_cast<std::size_t>(bad - residuals_.begin());
    }

    /// Brings every row up to date. O(rows width).
    void settle() {
        if constexpr (Optimizer::lazy)
            pool_.run([&](std::size_t thread) {
                settle_part(users_, thread);
                settle_part(items_, thread);
            });
    }

private:
    using batch_plan = detail::batch_plan;
    using batch_side = detail::batch_side;
    static constexpr std::size_t no_step = static_cast<std::size_t>(-1);
    static constexpr std::size_t ahead = 4; // rows to fetch before they are needed

    struct table {
        explicit table(cpu_store<Scalar>& store) : rows(store) {}

        cpu_store<Scalar>& rows;
        std::vector<std::uint32_t>
            last;             // step that a row is up to date with, 0: never touched; lazy optimizers only
        detail::pages copies; // [unique rows of the batch x width] as they were before the step
        double lr_factor = 1;
        std::vector<float> row_lr_factors; // [rows] or none
        Scalar l2 = 0;
        std::vector<Scalar> anchor;        // [rows x width] or none
        std::vector<std::uint32_t> bounds; // [threads + 1] of the rows that a thread works on

        [[nodiscard]] double factor(std::size_t row) const {
            return row_lr_factors.empty() ? lr_factor : lr_factor * static_cast<double>(row_lr_factors[row]);
        }
        [[nodiscard]] Scalar* copy(std::size_t slot) noexcept {
            return static_cast<Scalar*>(copies.data()) + slot * rows.width();
        }
    };

    /// Numbers of a row that count as one; known to the compiler where Dim is.
    [[nodiscard]] std::size_t width() const noexcept {
        if constexpr (Dim != Eigen::Dynamic)
            return static_cast<std::size_t>(Dim) + (Scorer::has_biases ? 1 : 0);
        else
            return width_;
    }
    [[nodiscard]] std::size_t dim() const noexcept { return width() - (Scorer::has_biases ? 1 : 0); }

    void obey(table& t, const table_rules& rules) {
        if (rules.lr_factor != 0 && !t.rows.has_moments(Optimizer::moments)) {
            t.rows.set_moments(Optimizer::moments);
            // A row that was frozen until now has slept from the start, but no decay of AdamW's is due.
            if constexpr (Optimizer::lazy) t.last.assign(t.rows.rows(), 0);
        }
        if constexpr (Optimizer::lazy && requires { Optimizer::weight_decay; })
            for (auto& step : t.last)
                if (step == 0) step = timeline_.steps();
        t.lr_factor = rules.lr_factor;
        t.row_lr_factors = rules.row_lr_factors;
        t.l2 = static_cast<Scalar>(rules.l2.value_or(l2_));
        t.anchor.clear();
        if (rules.anchor.size() == 0) return;
        t.anchor.assign(t.rows.rows() * width(), Scalar(0));
        for (Eigen::Index r = 0; r < rules.anchor.rows(); ++r)
            for (Eigen::Index i = 0; i < rules.anchor.cols(); ++i)
                t.anchor[static_cast<std::size_t>(r) * width() + static_cast<std::size_t>(i)] =
                    static_cast<Scalar>(rules.anchor(r, i));
    }

    /// All memory of a run is taken before its threads start, since one that throws would leave the others
    /// waiting.
    void make_room(table& t, std::size_t batch) {
        const std::size_t bytes = (std::min)(batch, t.rows.rows()) * width() * sizeof(Scalar);
        if (t.copies.bytes() < bytes) t.copies.resize(bytes);
        for (auto& sum : gradients_) sum.resize(width());
    }

    /// Gives each thread the rows between two bounds that meet as many of the ids as those of the others: the
    /// same rows at every step of a run, so that they stay in its caches.
    template <class Id>
    void share_out(table& t, std::span<const Id> ids) {
        const std::size_t stride = ids.size() / 4096 + 1;
        std::vector<std::uint32_t> sample;
        for (std::size_t k = 0; k < ids.size(); k += stride)
            sample.push_back(static_cast<std::uint32_t>(ids[k]));
        std::sort(sample.begin(), sample.end());
        t.bounds.assign(pool_.size() + 1, static_cast<std::uint32_t>(t.rows.rows()));
        for (std::size_t thread = 0; thread < pool_.size(); ++thread)
            t.bounds[thread] = thread == 0 ? 0 : sample[sample.size() * thread / pool_.size()];
    }

    // Always inlined: GCC 12 takes a function that only prefetches for one without effect, and drops its
    // calls.
    GRAFT_ALWAYS_INLINE static void fetch_bytes(const Scalar* from, std::size_t count) {
        const auto* bytes = reinterpret_cast<const char*>(from);
        for (std::size_t b = 0; b < count * sizeof(Scalar); b += 64) __builtin_prefetch(bytes + b, 1);
    }
    /// A row of memory takes as long as several rows of arithmetic: asks for those that come next.
    GRAFT_ALWAYS_INLINE static void fetch(const table& t, const batch_side& side, std::size_t slot) {
        if (slot + ahead < side.rows.size())
            fetch_bytes(t.rows.row(side.rows[slot + ahead]), t.rows.stride());
        if constexpr (Optimizer::lazy)
            if (slot + 2 * ahead < side.rows.size() && !t.last.empty())
                __builtin_prefetch(t.last.data() + side.rows[slot + 2 * ahead], 1);
    }
    /// The same for the copies that pull on the rows of `side`.
    GRAFT_ALWAYS_INLINE void fetch_other(table& other, const batch_side& other_side, const batch_side& side,
                                         std::size_t slot) const {
        if (slot + 2 >= side.rows.size()) return;
        fetch_bytes(other.copy(other_side.slot[side.positions[side.begin[slot + 2]]]), width());
    }

    /// How a row of a table comes to the end of the last closed step.
    [[nodiscard]] auto drift_of(const table& t, std::size_t row, double factor) const {
        const auto drift = timeline_.drift_since(Optimizer::lazy && factor != 0 ? t.last[row] : 0);
        return factor == 1 ? drift : drift.scaled(factor);
    }

    /// to = the weights of the row as of the last closed step.
    template <class Drift>
    void caught_up(const table& t, std::size_t r, double factor, const Drift drift, Scalar* to) const {
        const Scalar* row = t.rows.row(r);
        if constexpr (Optimizer::lazy) {
            if (factor == 0 || t.last[r] == timeline_.steps() ||
                (t.last[r] == 0 && drift.keep == Scalar(1))) {
                std::copy_n(row, width(), to);
                return;
            }
            detail::accumulator<Scalar> least((std::numeric_limits<Scalar>::infinity)());
            detail::for_each_chunk<Scalar>(width(), [=, size = width(), &least](auto piece, std::size_t at) {
                using chunk = detail::chunk_of<Scalar, piece()>;
                store<chunk>(
                    Optimizer::arithmetic::template catch_up<chunk>(row + at, size, drift, least.of(piece)),
                    to + at);
            });
            if (drift.e_min > 0 && least.least() < drift.e_min)
                for (std::size_t i = 0; i < width(); ++i) {
                    const Scalar m = row[width() + i];
                    const Scalar v = row[2 * width() + i];
                    if (Optimizer::arithmetic::needs_steps(m, v, drift))
                        to[i] = timeline_.sleep_step_by_step(row[i], m, v, t.last[r], factor);
                }
        } else {
            std::copy_n(row, width(), to);
        }
    }

    /// Moves a row by its gradient: gradient(piece, offset) for the factors, bias_gradient for the bias, and
    /// that of the penalty.
    template <class Drift, class Gradient>
    void move(table& t, std::size_t r, double factor, const Drift drift, const Scalar* weights,
              Scalar penalty, Scalar bias_gradient, const Gradient gradient) {
        Scalar* row = t.rows.row(r);
        const auto c = factor == 1 ? timeline_.update() : timeline_.update().scaled(factor);
        const auto apply = [&](const auto whole_gradient) {
            const auto step = [=, size = width()](auto piece, std::size_t at, const auto g) {
                using chunk = detail::chunk_of<Scalar, piece()>;
                const auto w = load<chunk>(weights + at);
                Optimizer::arithmetic::template update<chunk>(row + at, size, w,
                                                              whole_gradient(w, chunk(g), at), drift, c);
            };
            detail::for_each_chunk<Scalar>(
                dim(), [=](auto piece, std::size_t at) { step(piece, at, gradient(piece, at)); });
            if constexpr (Scorer::has_biases) step(std::integral_constant<int, 1>{}, dim(), bias_gradient);
        };
        if (penalty == 0)
            apply([](const auto&, const auto& g, std::size_t) { return g; });
        else if (t.anchor.empty())
            apply([penalty]<class Chunk>(const Chunk& w, const Chunk& g, std::size_t) -> Chunk {
                return g + penalty * w;
            });
        else
            apply([penalty, anchor = t.anchor.data() + r * width()]<class Chunk>(
                      const Chunk& w, const Chunk& g, std::size_t at) -> Chunk {
                return g + penalty * (w - load<Chunk>(anchor + at));
            });
        if constexpr (Optimizer::lazy) t.last[r] = timeline_.steps() + 1;
    }

    /// What one place of the batch pulls a row by: its gradient is factor times the other row, and factor for
    /// the bias.
    struct pull {
        Scalar factor;
        const Scalar* other;
    };

    /// Adds up the pulls on a row; one alone is not copied.
    class pull_sum {
    public:
        explicit pull_sum(Scalar* room) : sum_(room) {}
        void add(const pull& next, std::size_t size) {
            if (count_ == 0)
                only_ = next;
            else if (count_ == 1)
                detail::set_scaled_sum(sum_, only_.factor, only_.other, next.factor, next.other, size);
            else
                detail::add_scaled(sum_, next.factor, next.other, size);
            bias_ += next.factor;
            ++count_;
        }
        [[nodiscard]] std::size_t count() const noexcept { return count_; }
        [[nodiscard]] const pull& only() const noexcept { return only_; }
        [[nodiscard]] const Scalar* sum() const noexcept { return sum_; }
        [[nodiscard]] Scalar bias() const noexcept { return bias_; }

    private:
        Scalar* sum_; // [dim]
        pull only_{};
        Scalar bias_ = 0;
        std::size_t count_ = 0;
    };

    template <class Drift>
    void move_by(table& t, std::size_t r, double factor, const Drift& drift, const Scalar* weights,
                 const pull_sum& pulls, std::size_t batch) {
        const Scalar penalty =
            Scalar(2) * t.l2 * static_cast<Scalar>(pulls.count()) / static_cast<Scalar>(batch);
        if (pulls.count() == 1)
            move(t, r, factor, drift, weights, penalty, pulls.bias(),
                 [p = pulls.only()](auto piece, std::size_t at) {
                     using chunk = detail::chunk_of<Scalar, piece()>;
                     return chunk(p.factor * load<chunk>(p.other + at));
                 });
        else
            move(t, r, factor, drift, weights, penalty, pulls.bias(),
                 [sum = pulls.sum()](auto piece, std::size_t at) {
                     return load<detail::chunk_of<Scalar, piece()>>(sum + at);
                 });
    }

    void gather_items(const batch_plan& plan, std::size_t thread) {
        const auto& side = plan.items;
        const std::size_t end = side.first_from(items_.bounds[thread + 1]);
        for (std::size_t slot = side.first_from(items_.bounds[thread]); slot < end; ++slot) {
            fetch(items_, side, slot);
            const std::size_t r = side.rows[slot];
            const double factor = items_.factor(r);
            caught_up(items_, r, factor, drift_of(items_, r, factor), items_.copy(slot));
        }
    }

    /// False if a residual is not finite; the row of its user is then not moved.
    bool move_users(const batch_plan& plan, std::span<const float> targets, std::size_t thread) {
        const auto& side = plan.users;
        const Scalar scale = Scalar(1) / static_cast<Scalar>(targets.size());
        bool finite = true;
        const std::size_t end = side.first_from(users_.bounds[thread + 1]);
        for (std::size_t slot = side.first_from(users_.bounds[thread]); slot < end; ++slot) {
            fetch(users_, side, slot);
            fetch_other(items_, plan.items, side, slot);
            const std::size_t r = side.rows[slot];
            const double factor = users_.factor(r);
            const auto drift = drift_of(users_, r, factor);
            Scalar* user = users_.copy(slot);
            caught_up(users_, r, factor, drift, user);
            bool row_finite = true;
            pull_sum pulls(gradients_[thread].data());
            for (std::size_t i = side.begin[slot]; i < side.begin[slot + 1]; ++i) {
                const std::size_t place = side.positions[i];
                const Scalar* item = items_.copy(plan.items.slot[place]);
                const Scalar residual = detail::score_rows<Scorer>(user, item, dim(), mean_) -
                                        static_cast<Scalar>(targets[place]);
                residuals_[place] = residual;
                row_finite = row_finite && std::isfinite(residual);
                pulls.add({scale * mse::gradient(residual), item}, dim());
            }
            finite = finite && row_finite;
            if (factor != 0 && row_finite) move_by(users_, r, factor, drift, user, pulls, targets.size());
        }
        return finite;
    }

    void move_items(const batch_plan& plan, std::size_t thread) {
        const auto& side = plan.items;
        const std::size_t batch = side.positions.size();
        const Scalar scale = Scalar(1) / static_cast<Scalar>(batch);
        const std::size_t end = side.first_from(items_.bounds[thread + 1]);
        for (std::size_t slot = side.first_from(items_.bounds[thread]); slot < end; ++slot) {
            fetch(items_, side, slot);
            fetch_other(users_, plan.users, side, slot);
            const std::size_t r = side.rows[slot];
            const double factor = items_.factor(r);
            if (factor == 0) continue;
            pull_sum pulls(gradients_[thread].data());
            for (std::size_t i = side.begin[slot]; i < side.begin[slot + 1]; ++i) {
                const std::size_t place = side.positions[i];
                pulls.add({scale * mse::gradient(residuals_[place]), users_.copy(plan.users.slot[place])},
                          dim());
            }
            move_by(items_, r, factor, drift_of(items_, r, factor), items_.copy(slot), pulls, batch);
        }
    }

    [[nodiscard]] double mean_loss(std::size_t size) const {
        double sum = 0;
        for (std::size_t k = 0; k < size; ++k) sum += static_cast<double>(mse::value(residuals_[k]));
        return sum / static_cast<double>(size);
    }

    void settle_part(table& t, std::size_t thread) {
        std::vector<Scalar> weights(width());
        const std::size_t end = t.last.size() * (thread + 1) / pool_.size();
        for (std::size_t r = t.last.size() * thread / pool_.size(); r < end; ++r) {
            const double factor = t.factor(r);
            if (factor == 0 || t.last[r] == timeline_.steps()) continue;
            const auto drift = drift_of(t, r, factor);
            if (t.last[r] == 0 && drift.keep == Scalar(1)) continue;
            caught_up(t, r, factor, drift, weights.data());
            Scalar* row = t.rows.row(r);
            detail::for_each_chunk<Scalar>(width(), [=, size = width(),
                                                     from = weights.data()](auto piece, std::size_t at) {
                using chunk = detail::chunk_of<Scalar, piece()>;
                Optimizer::arithmetic::template settle<chunk>(row + at, size, load<chunk>(from + at), drift);
            });
            t.last[r] = timeline_.steps();
        }
    }

    table users_;
    table items_;
    std::size_t width_;
    Scalar mean_;
    double l2_;
    typename Optimizer::template timeline<Scalar> timeline_;
    thread_pool pool_;
    barrier barrier_;
    std::vector<batch_plan> plans_;
    std::vector<std::vector<Scalar>> gradients_; // of each thread: [dim], the sum over a row's places
    std::vector<Scalar> residuals_;              // [batch] score - target
    std::atomic<std::size_t> failed_ = no_step;
};

} // namespace graft
