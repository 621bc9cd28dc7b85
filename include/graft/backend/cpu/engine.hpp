#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numeric>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include <Eigen/Core>

#include <graft/backend/cpu/batch_plan.hpp>
#include <graft/backend/cpu/rows.hpp>
#include <graft/backend/cpu/store.hpp>
#include <graft/core/barrier.hpp>
#include <graft/core/host_device.hpp>
#include <graft/core/ids.hpp>
#include <graft/core/shared_range.hpp>
#include <graft/core/thread_pool.hpp>
#include <graft/loss/squared_error.hpp>
#include <graft/optim/table_rules.hpp>

namespace graft {

/// Training steps on two tables in main memory. Most items of a batch meet one user there: their rows move
/// with that user's (`alone` in the plan). A step is three passes, and the threads meet before and after the
/// second:
///   1. the weights of the other items are brought up to date (lazy optimizers only);
///   2. each user row is brought up to date, copied, scored against its items, and moved, and with it the
///      rows of its items that are alone;
///   3. each other item row is moved, with the copies of 2, the user rows as they were before the step.
/// In a pass a row belongs to one thread, and its sums run in the plan's order: the same bits for any number
/// of threads.
template <class Scalar, int Dim, class Scorer, class Optimizer>
class cpu_engine {
public:
    /// l2: weight of |p|^2 + |q|^2 per interaction, where the rules have none of their own. threads: 0 means
    /// all of the machine's. The rules must fit the tables.
    cpu_engine(cpu_store<Scalar>& users, cpu_store<Scalar>& items, Scalar mean, const Optimizer& o, double l2,
               const table_rules& user_rules, const table_rules& item_rules, std::size_t threads)
        : users_(users), items_(items), width_(users.width()), mean_(mean), l2_(l2), pool_(threads),
          barrier_(pool_.size()), user_slots_(pool_.size()) {
        for (std::size_t thread = 0; thread < pool_.size(); ++thread) workers_.emplace_back(o);
        try {
            set_rules(user_rules, item_rules);
        } catch (...) {
            drop_moments();
            throw;
        }
    }
    cpu_engine(const cpu_engine&) = delete;
    cpu_engine& operator=(const cpu_engine&) = delete;
    ~cpu_engine() { drop_moments(); }

    [[nodiscard]] std::uint32_t steps() const noexcept { return workers_[0].timeline.steps(); }

    /// Settles, and from then on goes by other rules, or where there is not the memory for them by those
    /// that it had.
    void set_rules(const table_rules& user_rules, const table_rules& item_rules) {
        settle();
        rules for_users = read(user_rules, users_.rows);
        rules for_items = read(item_rules, items_.rows);
        prepare(users_, for_users);
        prepare(items_, for_items);
        users_.obeyed = std::move(for_users);
        items_.obeyed = std::move(for_items);
    }

    /// One step for each `batch` consecutive interactions (the last may be shorter). Ids must be in range.
    /// losses: [steps], the mean squared error of each batch before its step. Returns the place of an
    /// interaction whose residual is not finite, if any: its step, the last one, moved only rows without such
    /// ones, and not all of them.
    std::optional<std::size_t> run(std::span<const user_id> users, std::span<const item_id> items,
                                   std::span<const float> targets, std::size_t batch, double lr,
                                   std::span<double> losses) {
        const std::size_t steps = (users.size() + batch - 1) / batch;
        const std::size_t group = (std::max)(pool_.size(), std::size_t{1} << 16U >> std::bit_width(batch));
        plans_.resize((std::min)(group, steps));
        for (auto& plan : plans_) plan.reserve((std::min)(batch, users.size()));
        make_room((std::min)(batch, users.size()));
        share_out(items);
        failed_.store(no_step, std::memory_order_relaxed);
        const auto begin_of = [&](std::size_t step) { return step * batch; };
        const auto size_of = [&](std::size_t step) { return (std::min)(batch, users.size() - step * batch); };

        for (auto& each : workers_) each.timeline.begin(lr);
        pool_.run([&](std::size_t thread) {
            worker& me = workers_[thread];
            for (std::size_t first = 0; first < steps; first += group) {
                const std::size_t last = (std::min)(first + group, steps);
                for (std::size_t step = first + thread; step < last; step += pool_.size()) {
                    auto& plan = plans_[step - first];
                    plan.plan(users.subspan(begin_of(step), size_of(step)), users_.rows.rows(),
                              items.subspan(begin_of(step), size_of(step)), items_.rows.rows(),
                              targets.subspan(begin_of(step), size_of(step)), me.sorter);
                }
                barrier_.arrive_and_wait();
                for (std::size_t step = first; step < last; ++step) {
                    const part at{plans_[step - first], user_copies_.of_step(step), thread};
                    user_slots_[thread].put({at.plan.users.first_of(thread, pool_.size()),
                                             at.plan.users.first_of(thread + 1, pool_.size())});
                    if constexpr (Optimizer::lazy) refresh_items(me, at);
                    if (Optimizer::lazy || step > first) barrier_.arrive_and_wait();
                    if (!move_users(me, at)) failed_.store(step, std::memory_order_relaxed);
                    barrier_.arrive_and_wait();
                    if (failed_.load(std::memory_order_relaxed) != no_step) return;
                    if (thread == pool_.size() - 1) losses[step] = mean_loss(size_of(step));
                    move_items(me, at);
                    me.timeline.commit();
                    me.timeline.begin(lr);
                }
                barrier_.arrive_and_wait();
            }
        });
        const std::size_t failed = failed_.load(std::memory_order_relaxed);
        if (failed == no_step) return std::nullopt;
        if constexpr (Optimizer::lazy) // the step's items have come as far as their weights
            for (const std::uint32_t r : plans_[failed % group].items.rows)
                if (items_.factor(r) != 0) settle_row(workers_[0], items_, r, false);
        for (auto& each : workers_) each.timeline.commit(); // rows with finite residuals took the step
        const auto bad =
            std::find_if(residuals_.begin(), residuals_.end(), [](Scalar r) { return !std::isfinite(r); });
        return begin_of(failed) +
               plans_[failed % group].users.positions[static_cast<std::size_t>(bad - residuals_.begin())];
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
    using drift = typename Optimizer::template timeline<Scalar>::drift;
    static constexpr std::size_t no_step = static_cast<std::size_t>(-1);
    // Rows that are asked for before they are needed: into the second cache, and from there into the first,
    // which has room for few.
    static constexpr std::size_t far = 20;
    static constexpr std::size_t near = 2;
    static constexpr std::size_t near_steps = 8;             // near, for what `last` says of a row
    static constexpr std::size_t block = 16;                 // rows whose pages are looked up at once
    static constexpr std::size_t line = 64 / sizeof(Scalar); // numbers that memory gives at once
    // Numbers of a row, weights and moments, that go with one of its width; lines that a share of a row to
    // come has, and those of them that are asked for while another row is brought up to date, not while it is
    // moved.
    static constexpr std::size_t parts = 1 + Optimizer::moments;
    static constexpr std::size_t chunk_size = detail::full_chunk<Scalar>;
    static constexpr std::size_t share = (parts * chunk_size + line - 1) / line;
    static constexpr std::size_t early = Optimizer::lazy ? share - 1 : 0;

    /// The step that each row is up to date with, 0: never touched. It stands in the row itself where the
    /// row's lines have room for it. Threads that write to one line of memory wait for each other, so else
    /// the rows of small tables have lines of their own: 1 MB a table at most.
    class last_steps {
    public:
        /// Takes the memory that `start` needs, or throws std::bad_alloc.
        void make_room(const cpu_store<Scalar>& store, std::size_t threads) {
            apart_ = store.rows() == 0 || store.pitch() == store.width();
            if (!apart_) return;
            stride_ = threads > 1 && store.rows() <= small ? 64 : sizeof(std::uint32_t);
            own_.resize(store.rows() * stride_); // zeros
        }
        /// From here on there is a step for each row of the store, which has moments: 0.
        void start(cpu_store<Scalar>& store) noexcept {
            rows_ = store.rows();
            if (apart_) {
                first_ = static_cast<char*>(own_.data());
                return;
            }
            stride_ = store.stride() * sizeof(Scalar);
            first_ = reinterpret_cast<char*>(store.row(0) + store.width());
            for (std::size_t r = 0; r < rows_; ++r) (*this)[r] = 0;
        }
        /// 0 where no row sleeps.
        [[nodiscard]] std::size_t rows() const noexcept { return rows_; }
        [[nodiscard]] bool are_apart_from_rows() const noexcept { return rows_ > 0 && apart_; }
        [[nodiscard]] std::uint32_t& operator[](std::size_t row) const noexcept {
            return *reinterpret_cast<std::uint32_t*>(first_ + row * stride_);
        }

    private:
        static constexpr std::size_t small = std::size_t{1} << 14U;
        detail::pages own_;
        char* first_ = nullptr;
        std::size_t stride_ = 0; // bytes
        std::size_t rows_ = 0;
        bool apart_ = false;
    };

    /// A table's table_rules.
    struct rules {
        double lr_factor = 1;
        std::vector<float> row_lr_factors; // [rows] or none
        Scalar l2 = 0;
        std::vector<float> row_l2;  // [rows] or none
        std::vector<Scalar> anchor; // [rows x width] or none
    };

    struct table {
        explicit table(cpu_store<Scalar>& store) : rows(store) {}

        cpu_store<Scalar>& rows;
        last_steps last; // of lazy optimizers only
        rules obeyed;
        bool is_large = false; // more than a cache holds

        [[nodiscard]] double factor(std::size_t row) const {
            return obeyed.row_lr_factors.empty()
                       ? obeyed.lr_factor
                       : obeyed.lr_factor * static_cast<double>(obeyed.row_lr_factors[row]);
        }
        [[nodiscard]] Scalar l2_of(std::size_t row) const {
            return obeyed.row_l2.empty() ? obeyed.l2 : obeyed.l2 + static_cast<Scalar>(obeyed.row_l2[row]);
        }
    };

    /// The weights before the step of a batch's users that items are moved with in the third pass. Writing to
    /// what another thread has just read takes long, so steps take turns in as much memory as stays near.
    class copies {
    public:
        void make_room(std::size_t numbers_of_step, std::size_t threads) {
            step_size_ = numbers_of_step;
            const std::size_t bytes = step_size_ * sizeof(Scalar);
            turns_ = threads == 1 ? 1 : std::clamp(near / bytes, std::size_t{1}, std::size_t{16});
            if (memory_.bytes() < turns_ * bytes) memory_.resize(turns_ * bytes);
        }
        [[nodiscard]] Scalar* of_step(std::size_t step) const noexcept {
            return static_cast<Scalar*>(memory_.data()) + step % turns_ * step_size_;
        }

    private:
        static constexpr std::size_t near = std::size_t{1} << 20U; // bytes: about a core's second cache
        detail::pages memory_;
        std::size_t step_size_ = 0;
        std::size_t turns_ = 1;
    };

    /// What one place of the batch pulls a row by: its gradient is factor times the other row, and factor for
    /// the bias.
    struct pull {
        Scalar factor;
        const Scalar* other;
    };

    /// What a thread has of its own. All timelines are the same: a step of one takes less time than to wait
    /// for it.
    struct alignas(64) worker {
        explicit worker(const Optimizer& o) : timeline(o) {}

        typename Optimizer::template timeline<Scalar> timeline;
        std::vector<pull> pulls;             // [batch], those on the row that it is at
        std::vector<std::uint32_t> sleeping; // [batch] items to be brought up to date
        // Weights before the step of the user that it is at, [pitch]. On pages of its own, in no line of
        // memory that another thread writes to.
        detail::pages weights;
        detail::batch_sorter sorter;
    };

    /// A thread's part of a step of the run.
    struct part {
        const batch_plan& plan;
        Scalar* user_copies; // [plan.users.rows x pitch]
        std::size_t thread;
    };

    /// Numbers of a row that count as one; known to the compiler where Dim is.
    [[nodiscard]] std::size_t width() const noexcept {
        if constexpr (Dim != Eigen::Dynamic)
            return static_cast<std::size_t>(Dim) + (Scorer::has_biases ? 1 : 0);
        else
            return width_;
    }
    [[nodiscard]] std::size_t dim() const noexcept { return width() - (Scorer::has_biases ? 1 : 0); }

    [[nodiscard]] rules read(const table_rules& given, const cpu_store<Scalar>& rows) const {
        rules coming{given.lr_factor,
                     given.row_lr_factors,
                     static_cast<Scalar>(given.l2.value_or(l2_)),
                     given.row_l2,
                     {}};
        if (given.anchor.size() == 0) return coming;
        coming.anchor.assign(rows.rows() * width(), Scalar(0));
        for (Eigen::Index r = 0; r < given.anchor.rows(); ++r)
            for (Eigen::Index i = 0; i < given.anchor.cols(); ++i)
                coming.anchor[static_cast<std::size_t>(r) * width() + static_cast<std::size_t>(i)] =
                    static_cast<Scalar>(given.anchor(r, i));
        return coming;
    }
    /// A table that is to move has moments from here on, and last steps.
    void prepare(table& t, const rules& coming) {
        if (coming.lr_factor != 0 && !t.rows.has_moments(Optimizer::moments)) {
            if constexpr (Optimizer::lazy) t.last.make_room(t.rows, pool_.size());
            t.rows.add_moments(Optimizer::moments);
            // A row that was frozen until now has slept from the start, but no decay of AdamW's is due.
            if constexpr (Optimizer::lazy) t.last.start(t.rows);
        }
        if constexpr (Optimizer::lazy && requires { Optimizer::weight_decay; })
            for (std::size_t r = 0; r < t.last.rows(); ++r)
                if (t.last[r] == 0) t.last[r] = steps();
        t.is_large = t.rows.rows() * t.rows.stride() * sizeof(Scalar) > std::size_t{1} << 24U;
    }
    void drop_moments() noexcept {
        users_.rows.drop_moments();
        items_.rows.drop_moments();
    }

    /// Gives each thread the items between two bounds, which meet as many of the ids as those of the others,
    /// for a whole run: no thread waits before it brings an item up to date for the next step.
    void share_out(std::span<const item_id> ids) {
        item_bounds_.assign(pool_.size() + 1, static_cast<std::uint32_t>(items_.rows.rows()));
        item_bounds_[0] = 0;
        if (pool_.size() == 1) return;
        const std::size_t stride = ids.size() / 1024 + 1;
        std::vector<std::uint32_t> sample;
        for (std::size_t k = 0; k < ids.size(); k += stride)
            sample.push_back(static_cast<std::uint32_t>(ids[k]));
        auto from = sample.begin();
        for (std::size_t thread = 1; thread < pool_.size(); ++thread) {
            const auto at =
                sample.begin() + static_cast<std::ptrdiff_t>(sample.size() * thread / pool_.size());
            std::nth_element(from, at, sample.end());
            item_bounds_[thread] = *at;
            from = at;
        }
    }

    /// All memory of a run is taken before its threads start, since one that throws would leave the others
    /// waiting.
    void make_room(std::size_t batch) {
        residuals_.resize(batch);
        user_copies_.make_room((std::min)(batch, users_.rows.rows()) * users_.rows.pitch(), pool_.size());
        for (auto& each : workers_) {
            each.pulls.resize(batch);
            each.sleeping.resize(batch);
            each.weights.resize(users_.rows.pitch() * sizeof(Scalar));
            each.sorter.reserve(batch, users_.rows.rows());
            each.sorter.reserve(batch, items_.rows.rows());
        }
    }

    // Always inlined: GCC 12 takes a function that only prefetches for one without effect, and drops its
    // calls.
    GRAFT_ALWAYS_INLINE static void fetch(const Scalar* from) {
        __builtin_prefetch(static_cast<const void*>(from), 1);
    }
    /// Of a row that is only read, maybe by other threads, too.
    GRAFT_ALWAYS_INLINE void fetch_weights(const Scalar* weights) const {
        for (std::size_t at = 0; at < width(); at += line)
            __builtin_prefetch(static_cast<const void*>(weights + at), 0);
    }
    /// Asks for a share of a row, weights and moments: with every chunk of another row, from its number `at`
    /// on, goes one, and the last completes it. A row that is asked for at once stops the work until most of
    /// it is there. [From, To): which lines of a share.
    template <std::size_t From = 0, std::size_t To = share>
    GRAFT_ALWAYS_INLINE static void fetch_share(const Scalar* row, std::size_t at) {
        if (row == nullptr) return;
        for (std::size_t k = From; k != To; ++k) fetch(row + at * parts + k * line);
    }
    /// The lines that shares do not reach where weights and moments have padding.
    GRAFT_ALWAYS_INLINE static void fetch_end(const table& t, const Scalar* row) {
        if (row == nullptr) return;
        for (std::size_t k = 1; k < parts; ++k) fetch(row + parts * t.rows.pitch() - k * line);
    }
    template <std::size_t From = 0, std::size_t To = share>
    GRAFT_ALWAYS_INLINE void fetch_row(const table& t, const Scalar* row) const {
        for (std::size_t at = 0; at < width(); at += chunk_size) fetch_share<From, To>(row, at);
        if constexpr (To == share) fetch_end(t, row);
    }
    /// Asks for a row to come, of which row_at(i) is the i-th of `count`, into the second cache, and gives
    /// the row that is to come into the first, which has room for few; or nullptr.
    template <class RowAt>
    [[nodiscard]] GRAFT_ALWAYS_INLINE static const Scalar* next_row(const table& t, std::size_t i,
                                                                    std::size_t count, const RowAt& row_at) {
        if (t.is_large) {
            // The processor stops at a fetch from a page that it has to look up, which takes longer than a
            // row, but looks up those of several fetches at once: so the ends of the next block come first,
            // and what `last` says of it.
            const std::size_t row_bytes = t.rows.stride() * sizeof(Scalar);
            const auto bytes_at = [&](std::size_t k) GRAFT_INLINE_LAMBDA {
                return reinterpret_cast<const char*>(t.rows.row(row_at(k)));
            };
            if (i % block == 0)
                for (std::size_t k = i + far + block; k < (std::min)(i + far + 2 * block, count); ++k) {
                    __builtin_prefetch(bytes_at(k), 0, 2);
                    __builtin_prefetch(bytes_at(k) + row_bytes - 1, 0, 2);
                    if (Optimizer::lazy && t.last.are_apart_from_rows())
                        __builtin_prefetch(&t.last[row_at(k)], 1, 2);
                }
            if (i + far < count)
                for (std::size_t b = 0; b < row_bytes; b += 64)
                    __builtin_prefetch(bytes_at(i + far) + b, 0, 2);
        }
        if (Optimizer::lazy && i + near_steps < count && t.last.are_apart_from_rows())
            __builtin_prefetch(&t.last[row_at(i + near_steps)], 1);
        return i + near < count ? t.rows.row(row_at(i + near)) : nullptr;
    }
    [[nodiscard]] GRAFT_ALWAYS_INLINE static const Scalar* next_row(const table& t, const batch_side& side,
                                                                    std::size_t slot, std::size_t count) {
        return next_row(t, slot, count, [&](std::size_t i) { return side.rows[i]; });
    }

    /// How a row of a table comes to the end of the last closed step: as the timeline keeps it, or in `room`.
    [[nodiscard]] GRAFT_ALWAYS_INLINE const drift& drift_of(worker& me, const table& t, std::size_t row,
                                                            double factor, drift& room) const {
        const drift& found = me.timeline.drift_since(Optimizer::lazy && factor != 0 ? t.last[row] : 0, room);
        if (factor == 1) return found;
        room = found.scaled(factor);
        return room;
    }

    [[nodiscard]] static bool is_current(const worker& me, const table& t, std::size_t r, double factor,
                                         const drift& way) {
        if constexpr (Optimizer::lazy)
            return factor == 0 || t.last[r] == me.timeline.steps() ||
                   (t.last[r] == 0 && way.keep == Scalar(1));
        else
            return true;
    }

    /// to = the weights of a row as of the last closed step; `to` may be the row itself. next: a row to come,
    /// of which lines [0, To) of each share are asked for.
    template <std::size_t To>
    GRAFT_ALWAYS_INLINE void catch_up(const worker& me, const table& t, std::size_t r, double factor,
                                      const drift& way, Scalar* to, const Scalar* next) const {
        const Scalar* row = t.rows.row(r);
        if (is_current(me, t, r, factor, way)) {
            fetch_row<0, To>(t, next);
            if (to != row) std::copy_n(row, width(), to);
            return;
        }
        if constexpr (Optimizer::lazy) {
            if (way.e_min > 0 && catch_up_by_steps(me, t, r, factor, way, to)) {
                fetch_row<0, To>(t, next);
                return;
            }
            const std::size_t pitch = t.rows.pitch();
            const auto chunk_at = [=](auto piece, std::size_t at) GRAFT_INLINE_LAMBDA {
                using chunk = detail::chunk_of<Scalar, piece()>;
                if constexpr (piece() > 1) fetch_share<0, To>(next, at);
                store<chunk>(Optimizer::arithmetic::template catch_up<chunk>(row + at, pitch, way), to + at);
            };
            detail::for_each_chunk<Scalar>(width(), chunk_at);
            if constexpr (To == share) fetch_end(t, next);
        }
    }
    /// The same for a row with weights that have to take the steps of their sleep one by one; false if there
    /// are none.
    bool catch_up_by_steps(const worker& me, const table& t, std::size_t r, double factor, const drift& way,
                           Scalar* to) const {
        using arithmetic = typename Optimizer::arithmetic;
        const Scalar* row = t.rows.row(r);
        const std::size_t pitch = t.rows.pitch();
        if (!arithmetic::needs_steps(Scalar(1), detail::least(row + 2 * pitch, width()), way)) return false;
        for (std::size_t i = 0; i < width(); ++i) {
            const Scalar m = row[pitch + i];
            const Scalar root = row[2 * pitch + i];
            to[i] = arithmetic::needs_steps(m, root, way)
                        ? me.timeline.sleep_step_by_step(row[i], m, root, t.last[r], factor)
                        : arithmetic::template catch_up<Scalar>(row + i, pitch, way);
        }
        return true;
    }

    /// Moves a row by the sum of its pulls, in their order, and the penalty. weights: as of the last closed
    /// step. next: a row to come, of which lines From and on of each share are asked for.
    template <std::size_t From>
    void move(const worker& me, table& t, std::size_t r, double factor, const drift& way,
              const Scalar* weights, std::span<const pull> pulls, std::size_t batch,
              const Scalar* next) const {
        Scalar* row = t.rows.row(r);
        const auto c = factor == 1 ? me.timeline.update() : me.timeline.update().scaled(factor);
        const Scalar l2 = t.l2_of(r);
        const auto gradient = [pulls](auto piece, std::size_t at) GRAFT_INLINE_LAMBDA {
            using chunk = detail::chunk_of<Scalar, piece()>;
            const auto add = [at](const pull& p, const chunk& sum) GRAFT_INLINE_LAMBDA {
                return multiply_add(constant<chunk>(p.factor), load<chunk>(p.other + at), sum);
            };
            chunk sum = add(pulls[0], constant<chunk>(Scalar(0))); // most rows have no other
            for (std::size_t k = 1; k < pulls.size(); ++k) sum = add(pulls[k], sum);
            return sum;
        };
        const auto apply = [&](const auto penalised) GRAFT_INLINE_LAMBDA {
            const auto step = [=, pitch = t.rows.pitch()](auto piece, std::size_t at, const auto g)
                                  GRAFT_INLINE_LAMBDA {
                                      using chunk = detail::chunk_of<Scalar, piece()>;
                                      if constexpr (piece() > 1) { fetch_share<From>(next, at); }
                                      const auto w = load<chunk>(weights + at);
                                      Optimizer::arithmetic::template update<chunk>(
                                          row + at, pitch, w, penalised(w, chunk(g), at), way, c);
                                  };
            detail::for_each_chunk<Scalar>(dim(), [=](auto piece, std::size_t at) GRAFT_INLINE_LAMBDA {
                step(piece, at, gradient(piece, at));
            });
            if constexpr (Scorer::has_biases) {
                Scalar sum = 0;
                for (const pull& p : pulls) sum += p.factor;
                step(std::integral_constant<int, 1>{}, dim(), sum);
            }
        };
        const auto penalty = [&] {
            return Scalar(2) * l2 * static_cast<Scalar>(pulls.size()) / static_cast<Scalar>(batch);
        };
        if (l2 == 0)
            apply([](const auto&, const auto& g, std::size_t) GRAFT_INLINE_LAMBDA { return g; });
        else if (t.obeyed.anchor.empty())
            apply([penalty = penalty()]<class Chunk>(const Chunk& w, const Chunk& g, std::size_t)
                      GRAFT_INLINE_LAMBDA -> Chunk { return g + penalty * w; });
        else
            apply([penalty = penalty(), anchor = t.obeyed.anchor.data() + r * width()]<class Chunk>(
                      const Chunk& w, const Chunk& g, std::size_t at)
                      GRAFT_INLINE_LAMBDA -> Chunk { return g + penalty * (w - load<Chunk>(anchor + at)); });
        fetch_end(t, next);
        if constexpr (Optimizer::lazy) t.last[r] = me.timeline.steps() + 1;
    }

    void refresh_items(worker& me, const part& at) {
        if (items_.last.rows() == 0) return;
        const auto& side = at.plan.items;
        const std::size_t end = side.first_from(item_bounds_[at.thread + 1]);
        std::size_t count = 0; // few in a large batch, of which most moved in the step before
        for (std::size_t slot = side.first_from(item_bounds_[at.thread]); slot < end; ++slot) {
            me.sleeping[count] = side.rows[slot];
            count += items_.last[side.rows[slot]] != me.timeline.steps() ? 1 : 0;
        }
        for (std::size_t k = 0; k < count; ++k) {
            const Scalar* next = next_row(items_, k, count, [&](std::size_t i) { return me.sleeping[i]; });
            const std::size_t r = me.sleeping[k];
            const double factor = items_.factor(r);
            drift room;
            catch_up<share>(me, items_, r, factor, drift_of(me, items_, r, factor, room), items_.rows.row(r),
                            next);
        }
    }

    /// False if a residual is not finite; the rows of its user and item are then not moved. A thread whose
    /// own users are done goes on with those of others: no two cores are equally fast all the time.
    bool move_users(worker& me, const part& at) {
        bool finite = true;
        auto& own = user_slots_[at.thread];
        for (auto some = own.take_front(); !some.is_empty(); some = own.take_front())
            finite = move_users(me, at, some, at.plan.users.rows.size()) && finite;
        for (std::size_t k = 1; k < pool_.size(); ++k) {
            auto& other = user_slots_[(at.thread + k) % pool_.size()];
            for (auto some = other.take_back(); !some.is_empty(); some = other.take_back())
                finite = move_users(me, at, some, some.end) && finite;
        }
        return finite;
    }
    /// The same for some of the users. known: up to which slot the next ones are this thread's, too.
    bool move_users(worker& me, const part& at, shared_range::piece some, std::size_t known) {
        const auto& side = at.plan.users;
        const std::size_t batch = at.plan.item.size();
        const Scalar scale = Scalar(1) / static_cast<Scalar>(batch);
        bool finite = true;
        alone_item found;
        for (std::size_t slot = some.begin; slot < some.end; ++slot) {
            const Scalar* next = next_row(users_, side, slot, known);
            const std::size_t r = side.rows[slot];
            const double factor = users_.factor(r);
            drift room;
            const drift& way = drift_of(me, users_, r, factor, room);
            auto* user = static_cast<Scalar*>(me.weights.data());
            if (at.plan.awaited[slot] != 0) // by the third pass
                user = at.user_copies + slot * users_.rows.pitch();
            catch_up<early>(me, users_, r, factor, way, user, next);
            bool row_finite = true;
            const std::size_t begin = side.begin[slot];
            const std::span pulls(me.pulls.data(), side.begin[slot + 1] - begin);
            for (std::size_t i = 0; i < pulls.size(); ++i) {
                const std::size_t place = begin + i;
                const Scalar* item = item_before(me, at.plan, place, found);
                const Scalar residual = detail::score_rows<Scorer>(user, item, dim(), mean_) -
                                        static_cast<Scalar>(at.plan.target[place]);
                residuals_[place] = residual;
                row_finite = row_finite && std::isfinite(residual);
                pulls[i] = {scale * mse::gradient(residual), item};
            }
            finite = finite && row_finite;
            if (factor != 0 && row_finite)
                move<early>(me, users_, r, factor, way, user, pulls, batch, next);
            else
                fetch_row<early>(users_, next);
            for (std::size_t i = 0; i < pulls.size(); ++i) {
                const std::size_t place = begin + i;
                if (at.plan.alone[place] == 0) continue;
                if (pulls.size() > 1) find_item(me, at.plan, place, found);
                move_item_alone(me, found, std::isfinite(residuals_[place]), {pulls[i].factor, user}, batch);
            }
        }
        return finite;
    }
    /// What moving an item that is alone takes, as item_before finds it.
    struct alone_item {
        std::size_t row = 0;
        double factor = 1;
        drift room;
        const drift* way = nullptr;
        const Scalar* next = nullptr; // a row to come
    };
    GRAFT_ALWAYS_INLINE void find_item(worker& me, const batch_plan& plan, std::size_t place,
                                       alone_item& item) const {
        item.row = row_of(plan.item[place]);
        item.factor = items_.factor(item.row);
        item.way = &drift_of(me, items_, item.row, item.factor, item.room);
        item.next = place + near < plan.item.size() && plan.alone[place + near] != 0
                        ? items_.rows.row(row_of(plan.item[place + near]))
                        : nullptr;
    }
    /// The row of the item of a place, with the weights as of the last closed step, to which one that is
    /// alone is brought.
    [[nodiscard]] GRAFT_ALWAYS_INLINE const Scalar* item_before(worker& me, const batch_plan& plan,
                                                                std::size_t place, alone_item& item) {
        const Scalar* next =
            next_row(items_, place, plan.item.size(),
                     [&](std::size_t k) GRAFT_INLINE_LAMBDA { return row_of(plan.item[k]); });
        if (next != nullptr && plan.alone[place + near] == 0) {
            fetch_weights(next); // another pass moves it
            next = nullptr;
        }
        if (plan.alone[place] == 0) {
            fetch_row(items_, next);
            return items_.rows.row(row_of(plan.item[place]));
        }
        find_item(me, plan, place, item);
        Scalar* const row = items_.rows.row(item.row);
        catch_up<early>(me, items_, item.row, item.factor, *item.way, row, next);
        return row;
    }
    /// Moves an item that is alone, or brings its moments up to date where it cannot be moved.
    GRAFT_ALWAYS_INLINE void move_item_alone(worker& me, const alone_item& item, bool finite,
                                             const pull& user, std::size_t batch) {
        if (item.factor != 0 && finite) {
            move<early>(me, items_, item.row, item.factor, *item.way, items_.rows.row(item.row),
                        std::span(&user, 1), batch, item.next);
            return;
        }
        fetch_row<early>(items_, item.next);
        if constexpr (Optimizer::lazy)
            if (item.factor != 0) settle_row(me, items_, item.row, false);
    }

    void move_items(worker& me, const part& at) {
        const auto& side = at.plan.items;
        const std::size_t batch = at.plan.item.size();
        const Scalar scale = Scalar(1) / static_cast<Scalar>(batch);
        const std::size_t end = side.first_from(item_bounds_[at.thread + 1]);
        for (std::size_t slot = side.first_from(item_bounds_[at.thread]); slot < end; ++slot) {
            const Scalar* next = next_row(items_, side, slot, side.rows.size());
            const auto user_before = [&](std::size_t position) GRAFT_INLINE_LAMBDA {
                return at.user_copies + at.plan.user_slot[position] * users_.rows.pitch();
            };
            if (slot + near < end) {
                const std::size_t first = side.begin[slot + near];
                const std::size_t last =
                    (std::min)(std::size_t{side.begin[slot + near + 1]}, first + 4); // others are rare
                for (std::size_t k = first; k < last; ++k) fetch_weights(user_before(side.positions[k]));
            }
            const std::size_t r = side.rows[slot];
            const double factor = items_.factor(r);
            if (factor == 0) continue;
            const std::size_t begin = side.begin[slot];
            const std::span pulls(me.pulls.data(), side.begin[slot + 1] - begin);
            for (std::size_t i = 0; i < pulls.size(); ++i) {
                const std::size_t position = side.positions[begin + i];
                pulls[i] = {scale * mse::gradient(residuals_[position]), user_before(position)};
            }
            drift room;
            move<0>(me, items_, r, factor, drift_of(me, items_, r, factor, room), items_.rows.row(r), pulls,
                    batch, next);
        }
    }

    [[nodiscard]] double mean_loss(std::size_t size) const {
        constexpr std::size_t lanes = 8; // sums beside each other: one alone would wait for each addition
        std::array<double, lanes> sums{};
        std::size_t k = 0;
        for (; k + lanes <= size; k += lanes)
            for (std::size_t lane = 0; lane < lanes; ++lane)
                sums[lane] += static_cast<double>(mse::value(residuals_[k + lane]));
        double sum = std::accumulate(sums.begin(), sums.end(), 0.0);
        for (; k < size; ++k) sum += static_cast<double>(mse::value(residuals_[k]));
        return sum / static_cast<double>(size);
    }

    void settle_part(table& t, std::size_t thread) {
        const std::size_t end = t.last.rows() * (thread + 1) / pool_.size();
        for (std::size_t r = t.last.rows() * thread / pool_.size(); r < end; ++r)
            settle_row(workers_[thread], t, r, true);
    }
    /// Brings a row up to date, or only its moments where the weights are.
    void settle_row(worker& me, table& t, std::size_t r, bool weights_too) {
        const double factor = t.factor(r);
        if (factor == 0 && t.last[r] != 0) t.last[r] = steps(); // what is frozen does not sleep
        drift room;
        const drift& way = drift_of(me, t, r, factor, room);
        if (is_current(me, t, r, factor, way)) return;
        Scalar* row = t.rows.row(r);
        const std::size_t pitch = t.rows.pitch();
        if (weights_too) catch_up<0>(me, t, r, factor, way, row, nullptr);
        detail::for_each_chunk<Scalar>(width(), [=](auto piece, std::size_t at) GRAFT_INLINE_LAMBDA {
            using chunk = detail::chunk_of<Scalar, piece()>;
            Optimizer::arithmetic::template settle<chunk>(row + at, pitch, way);
        });
        t.last[r] = me.timeline.steps();
    }

    table users_;
    table items_;
    std::size_t width_;
    Scalar mean_;
    double l2_;
    thread_pool pool_;
    barrier barrier_;
    std::vector<shared_range> user_slots_;   // [threads] those that a step's second pass has not come to
    std::vector<std::uint32_t> item_bounds_; // [threads + 1] of the rows of items that a thread works on
    std::vector<batch_plan> plans_;
    std::vector<worker> workers_; // [threads]
    copies user_copies_;
    std::vector<Scalar> residuals_; // [batch] score - target, in the plan's order
    std::atomic<std::size_t> failed_ = no_step;
};

} // namespace graft
