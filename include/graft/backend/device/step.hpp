#pragma once

#include <cstddef>
#include <cstdint>

#include <graft/backend/detail/row_rules.hpp>
#include <graft/backend/device/catch_up_tables.hpp>
#include <graft/backend/device/flag.hpp>
#include <graft/backend/device/lanes.hpp>
#include <graft/backend/device/pack.hpp>
#include <graft/backend/device/plan.hpp>
#include <graft/backend/error_sums.hpp>
#include <graft/core/host_device.hpp>
#include <graft/core/ids.hpp>
#include <graft/loss/loss.hpp>

// What a training step does to a row, on raw pointers: task(row, lanes), for one thread or for the lanes of a
// warp. A lane takes every count-th pack of the row, so each value of a row belongs to one lane.
namespace graft::inline v0_1::detail {

template <class Scalar>
struct table_view {
    Scalar* data;        // [rows x stride], a row is [weights | moment 1 | ..]
    std::size_t stride;  // values from one row to the next
    std::size_t pitch;   // values from one vector of a row to the next
    std::size_t dim;     // factors; the bias stands after them
    std::uint32_t* last; // [rows] step that a row is up to date with, 0: never touched; lazy optimizers only
    row_rules<Scalar> rules;
    Scalar* copies; // [slots of the step x pitch] rows as they were before the step

    [[nodiscard]] GRAFT_HOST_DEVICE Scalar* row(std::size_t r) const { return data + r * stride; }
    [[nodiscard]] GRAFT_HOST_DEVICE Scalar* copy(std::size_t slot) const { return copies + slot * pitch; }
};

/// One pack of each vector of a row: of the weights and of each moment.
template <class Scalar, int Vectors>
struct row_pack {
    pack<Scalar> vector[Vectors];

    GRAFT_HOST_DEVICE void load(const Scalar* row, std::size_t pitch) {
        for (int v = 0; v < Vectors; ++v) vector[v] = load_pack(row + static_cast<std::size_t>(v) * pitch);
    }
    GRAFT_HOST_DEVICE void store(Scalar* row, std::size_t pitch) const {
        for (int v = 0; v < Vectors; ++v) store_pack(vector[v], row + static_cast<std::size_t>(v) * pitch);
    }
    /// The weight and moments of one element, as the optimizers' arithmetic takes a row of width 1.
    GRAFT_HOST_DEVICE void take(std::size_t k, Scalar* element) const {
        for (int v = 0; v < Vectors; ++v) element[v] = vector[v].x[k];
    }
    GRAFT_HOST_DEVICE void put(std::size_t k, const Scalar* element) {
        for (int v = 0; v < Vectors; ++v) vector[v].x[k] = element[v];
    }
};

/// Calls f(offset) for each pack of the row that belongs to the lane.
template <class Scalar, class Lanes, class F>
GRAFT_HOST_DEVICE inline void for_each_pack(std::size_t pitch, const Lanes& lanes, const F& f) {
    for (std::size_t at = lanes.index() * pack<Scalar>::size; at < pitch;
         at += Lanes::count * pack<Scalar>::size)
        f(at);
}

template <class Scalar, class Optimizer>
struct row_mover {
    static constexpr int vectors = 1 + Optimizer::moments; // of a row
    using arithmetic = typename Optimizer::arithmetic;
    using catch_ups = catch_up_view<Optimizer, Scalar>;
    using packs = row_pack<Scalar, vectors>;

    /// Whether `catch_up` is not exact enough for an element [weight, m, sqrt(v)].
    template <class CatchUp>
    [[nodiscard]] GRAFT_HOST_DEVICE static bool is_rare(const Scalar* element, const CatchUp& coefficients) {
        return coefficients.e_min > 0 && arithmetic::needs_steps(element[1], element[2], coefficients);
    }

    /// Brings the weights of a pack's rare elements up to date, one step after the other, and writes them to
    /// `to`. This is a loop of its own, on memory: with the packs in registers there would not be enough of
    /// them.
    template <class CatchUp>
    GRAFT_HOST_DEVICE static void wake_rare(const Scalar* at, std::size_t pitch, const CatchUp& coefficients,
                                            const catch_ups& all, std::uint32_t last, double factor,
                                            Scalar* to) {
        if (!(coefficients.e_min > 0)) return;
#if defined(__CUDA_ARCH__)
#pragma unroll 1
#endif
        for (std::size_t k = 0; k < pack<Scalar>::size; ++k) {
            const Scalar element[] = {at[k], at[pitch + k], at[2 * pitch + k]};
            if (is_rare(element, coefficients))
                to[k] = all.history.step_by_step(element[0], element[1], element[2], last, all.now, factor);
        }
    }

    /// Writes the weights of row r as of the last closed step to `copy`.
    template <class CatchUp, class Lanes>
    GRAFT_HOST_DEVICE static void catch_up(const table_view<Scalar>& t, std::size_t r, double factor,
                                           const CatchUp& coefficients, const catch_ups& all, Scalar* copy,
                                           const Lanes& lanes) {
        const Scalar* row = t.row(r);
        if constexpr (Optimizer::lazy) {
            const std::uint32_t last = factor == 0 ? 0 : t.last[r];
            if (!is_row_current(last, all.now, factor, coefficients.keep)) {
                for_each_pack<Scalar>(t.pitch, lanes, [&](std::size_t at) {
                    packs n;
                    n.load(row + at, t.pitch);
                    pack<Scalar> awake;
                    for (std::size_t k = 0; k < pack<Scalar>::size; ++k) {
                        Scalar element[vectors];
                        n.take(k, element);
                        awake.x[k] = arithmetic::template catch_up<Scalar>(element, 1, coefficients);
                    }
                    store_pack(awake, copy + at);
                    wake_rare(row + at, t.pitch, coefficients, all, last, factor, copy + at);
                });
                return;
            }
        }
        for_each_pack<Scalar>(t.pitch, lanes,
                              [&](std::size_t at) { store_pack(load_pack(row + at), copy + at); });
    }

    /// Moves row r by its gradient, of which gradient(offset) is a pack, and by the penalty. copy: its
    /// weights before the step.
    template <class CatchUp, class Update, class Lanes, class Gradient>
    GRAFT_HOST_DEVICE static void move(const table_view<Scalar>& t, std::size_t r,
                                       const CatchUp& coefficients, const Update& update, const Scalar* copy,
                                       Scalar penalty, std::uint32_t step, const Lanes& lanes,
                                       const Gradient& gradient) {
        Scalar* row = t.row(r);
        for_each_pack<Scalar>(t.pitch, lanes, [&](std::size_t at) {
            const pack<Scalar> w = load_pack(copy + at);
            pack<Scalar> g = gradient(at);
            if (penalty != Scalar(0)) {
                pack<Scalar> goal{};
                if (const Scalar* anchor = t.rules.anchor_of(r); anchor != nullptr)
                    goal = load_pack(anchor + at);
                for (std::size_t k = 0; k < pack<Scalar>::size; ++k) g.x[k] += penalty * (w.x[k] - goal.x[k]);
            }
            packs n;
            n.load(row + at, t.pitch);
            for (std::size_t k = 0; k < pack<Scalar>::size; ++k) {
                Scalar element[vectors];
                n.take(k, element);
                arithmetic::template update<Scalar>(element, 1, w.x[k], g.x[k], coefficients, update);
                n.put(k, element);
            }
            n.store(row + at, t.pitch);
        });
        if constexpr (Optimizer::lazy) {
            lanes.sync(); // all lanes have read `last`
            if (lanes.index() == 0) t.last[r] = step;
        }
    }
};

/// What the passes of a step share.
template <class Scalar, class Scorer, class Optimizer, class Update>
struct step_view {
    using scalar = Scalar;
    using scorer = Scorer;
    using mover = row_mover<Scalar, Optimizer>;

    table_view<Scalar> users, items;
    side_view user_side, item_side;
    catch_up_view<Optimizer, Scalar> catch_ups; // catch_ups.now: the step before
    Update update;
    Scalar mean;
    std::uint32_t group_size; // of a group_loss; else 1
    // By place of the steps whose ids were sent at once:
    const float* targets;
    const float* weights; // or nullptr where all are 1
    Scalar* values;       // what each place adds to the loss
    Scalar* gradients;    // its derivative by the score

    std::uint32_t begin, end; // places of the step
    std::uint32_t step;       // of the run
    std::uint32_t* failed;    // the first step of the run with a loss that is not finite

    [[nodiscard]] GRAFT_HOST_DEVICE std::uint32_t size() const { return end - begin; }

    /// The coefficients of row r of a table.
    [[nodiscard]] GRAFT_HOST_DEVICE auto coefficients_of(const table_view<Scalar>& t, std::size_t r,
                                                         double factor) const {
        if constexpr (Optimizer::lazy) {
            const auto coefficients = catch_ups.since(factor == 0 ? 0 : t.last[r]);
            return factor == 1 ? coefficients : coefficients.scaled(factor);
        } else {
            (void)t, (void)r, (void)factor;
            return no_catch_up{};
        }
    }

    /// Moves the row of a slot by the gradients of its places, added up in the order of the batch. The
    /// gradient of a place is the derivative of its loss by the score, times the row of the other side; times
    /// 1 for the bias, or 0 without Bias.
    template <bool Bias = true, class CatchUp, class Lanes>
    GRAFT_HOST_DEVICE void move(const table_view<Scalar>& mine, const side_view& my_side,
                                const table_view<Scalar>& others, const side_view& other_side,
                                std::uint32_t slot, double factor, const CatchUp& coefficients,
                                const Scalar* copy, const Lanes& lanes) const {
        const std::uint32_t first = my_side.begin[slot];
        const std::uint32_t last = my_side.begin[slot + 1];
        const std::uint32_t other_first = other_side.first_slot(begin);
        const Scalar scale = Scalar(1) / static_cast<Scalar>(size() / group_size);
        const Scalar penalty = row_penalty(mine.rules.l2_of(my_side.rows[slot]), last - first, size());
        row_mover<Scalar, Optimizer>::move(
            mine, my_side.rows[slot], coefficients, factor == 1 ? update : update.scaled(factor), copy,
            penalty, catch_ups.now + 1, lanes, [&](std::size_t at) {
                pack<Scalar> g{};
                for (std::uint32_t i = first; i < last; ++i) {
                    const std::uint32_t place = my_side.places[i];
                    const Scalar factor_of_place = scale * gradients[place];
                    const auto other = load_pack(others.copy(other_side.slot[place] - other_first) + at);
                    for (std::size_t k = 0; k < pack<Scalar>::size; ++k)
                        g.x[k] += factor_of_place * derivative<Bias>(others, other, at, k);
                }
                return g;
            });
    }

private:
    /// The derivative of the score by value at + k of a row. other: the pack at `at` of the other row.
    template <bool Bias>
    GRAFT_HOST_DEVICE static Scalar derivative(const table_view<Scalar>& t, const pack<Scalar>& other,
                                               std::size_t at, std::size_t k) {
        if (at + k < t.dim) return other.x[k];
        return Bias && Scorer::has_biases && at + k == t.dim ? Scalar(1) : Scalar(0);
    }
};

/// The score of two rows [factors | bias], without the mean; the same bits in all lanes.
template <class Scorer, class Scalar, class Lanes>
[[nodiscard]] GRAFT_HOST_DEVICE inline Scalar
score_packs(const Scalar* user, const Scalar* item, std::size_t dim, std::size_t pitch, const Lanes& lanes) {
    pack<Scalar> products{}; // a sum for each value of a pack
    Scalar biases = 0;
    for_each_pack<Scalar>(pitch, lanes, [&](std::size_t at) {
        const auto p = load_pack(user + at);
        const auto q = load_pack(item + at);
        for (std::size_t k = 0; k < pack<Scalar>::size; ++k) {
            if (at + k < dim) products.x[k] += p.x[k] * q.x[k];
            if (Scorer::has_biases && at + k == dim) biases = p.x[k] + q.x[k];
        }
    });
    for (std::size_t half = pack<Scalar>::size / 2; half > 0; half /= 2) // a tree, as over the lanes
        for (std::size_t k = 0; k < half; ++k) products.x[k] += products.x[k + half];
    const Scalar product = lanes.sum(products.x[0]);
    if constexpr (Scorer::has_biases) return lanes.sum(biases) + product;
    return product;
}

/// Pass 1: the weights of a step's rows are copied, brought up to date. An index below `most_users` is a
/// user's, the others are items'. A kernel for passes 1 and 2 together would need too many registers.
template <class Step>
struct gather_rows {
    Step s;
    std::size_t most_users;
    template <class Lanes>
    GRAFT_HOST_DEVICE void operator()(std::size_t index, const Lanes& lanes) const {
        if (index < most_users)
            gather(s.users, s.user_side, index, lanes);
        else
            gather(s.items, s.item_side, index - most_users, lanes);
    }

private:
    template <class Table, class Lanes>
    GRAFT_HOST_DEVICE void gather(const Table& t, const side_view& side, std::size_t index,
                                  const Lanes& lanes) const {
        const std::size_t slot = side.first_slot(s.begin) + index;
        if (slot >= side.end_slot(s.end) || read_flag(s.failed) < s.step) return;
        const std::size_t r = side.rows[slot];
        const double factor = t.rules.factor(r);
        Step::mover::catch_up(t, r, factor, s.coefficients_of(t, r, factor), s.catch_ups, t.copy(index),
                              lanes);
    }
};

/// Pass 2: each user row is scored against its items, and moved unless a loss is not finite.
template <class Step, class Loss>
struct move_users {
    Step s;
    Loss loss;
    template <class Lanes>
    GRAFT_HOST_DEVICE void operator()(std::size_t index, const Lanes& lanes) const {
        const auto& side = s.user_side;
        const auto slot = static_cast<std::uint32_t>(side.first_slot(s.begin) + index);
        if (slot >= side.end_slot(s.end) || read_flag(s.failed) < s.step) return;
        const std::size_t r = side.rows[slot];
        const double factor = s.users.rules.factor(r);
        const scalar* user = s.users.copy(index);
        if (!find_gradients(slot, user, lanes))
            set_flag(s.failed, s.step);
        else if (factor != 0)
            s.template move<moves_user_biases<Loss>>(s.users, side, s.items, s.item_side, slot, factor,
                                                     s.coefficients_of(s.users, r, factor), user, lanes);
    }

private:
    using scalar = typename Step::scalar;

    /// Sets the values and gradients of a user's places. All lanes see them and return whether they are
    /// finite.
    template <class Lanes>
    GRAFT_HOST_DEVICE bool find_gradients(std::uint32_t slot, const scalar* user, const Lanes& lanes) const {
        const auto& side = s.user_side;
        const std::uint32_t first = side.begin[slot];
        const std::uint32_t last = side.begin[slot + 1];
        const std::uint32_t first_item = s.item_side.first_slot(s.begin);
        bool finite = true;
        for (std::uint32_t i = first; i < last; ++i) {
            const std::uint32_t place = side.places[i];
            scalar score = score_packs<typename Step::scorer>(
                user, s.items.copy(s.item_side.slot[place] - first_item), s.users.dim, s.users.pitch, lanes);
            if constexpr (Step::scorer::has_biases) score += s.mean;
            if constexpr (pointwise_loss<Loss>) {
                auto terms = loss(score, static_cast<scalar>(s.targets[place]));
                if (s.weights != nullptr) {
                    const auto weight = static_cast<scalar>(s.weights[place]);
                    terms = {weight * terms.value, weight * terms.gradient};
                }
                finite = finite && is_finite(terms.value) && is_finite(terms.gradient);
                if (lanes.index() == 0) {
                    s.values[place] = terms.value;
                    s.gradients[place] = terms.gradient;
                }
            } else if (lanes.index() == 0) {
                s.values[place] = score; // for now
            }
        }
        lanes.sync();                          // all see what lane 0 wrote
        if constexpr (!pointwise_loss<Loss>) { // a lane takes every count-th group
            const std::uint32_t size = s.group_size;
            for (std::uint32_t i = first + lanes.index() * size; i < last; i += Lanes::count * size) {
                const std::uint32_t place = side.places[i]; // and those that follow it
                const scalar value =
                    loss(s.values + place, s.targets + place, std::size_t{size}, s.gradients + place);
                const scalar weight =
                    s.weights == nullptr ? scalar(1) : static_cast<scalar>(s.weights[place]);
                for (std::uint32_t k = 0; k < size; ++k) {
                    s.values[place + k] = k == 0 ? weight * value : scalar(0);
                    s.gradients[place + k] *= weight;
                }
            }
            lanes.sync();
            for (std::uint32_t i = first; i < last; ++i) {
                const std::uint32_t place = side.places[i];
                finite = finite && is_finite(s.values[place]) && is_finite(s.gradients[place]);
            }
        }
        return finite;
    }
    GRAFT_HOST_DEVICE static bool is_finite(scalar x) { return x - x == scalar(0); }
};

/// Pass 3: each item row is moved, with the user rows as they were before pass 2.
template <class Step>
struct move_items {
    Step s;
    template <class Lanes>
    GRAFT_HOST_DEVICE void operator()(std::size_t index, const Lanes& lanes) const {
        const auto& side = s.item_side;
        const auto slot = static_cast<std::uint32_t>(side.first_slot(s.begin) + index);
        if (slot >= side.end_slot(s.end) || read_flag(s.failed) <= s.step) return;
        const std::size_t r = side.rows[slot];
        const double factor = s.items.rules.factor(r);
        if (factor == 0) return;
        s.move(s.items, side, s.users, s.user_side, slot, factor, s.coefficients_of(s.items, r, factor),
               s.items.copy(index), lanes);
    }
};

/// The losses of several steps, summed up in parts of 1024 places: a single warp would take longer for all of
/// them than the device for a large step.
template <class Scalar>
struct sum_losses {
    static constexpr std::size_t part = 1024;
    [[nodiscard]] GRAFT_HOST_DEVICE static std::size_t parts(std::size_t batch) {
        return (batch + part - 1) / part;
    }

    const Scalar* values; // [size]
    std::size_t size, batch;
    double* sums; // [steps x parts(batch)]
    template <class Lanes>
    GRAFT_HOST_DEVICE void operator()(std::size_t index, const Lanes& lanes) const {
        const std::size_t step = index / parts(batch) * batch;
        const std::size_t begin = step + index % parts(batch) * part;
        std::size_t end = begin + part;
        if (end > step + batch) end = step + batch;
        if (end > size) end = size;
        double sum = 0;
        for (std::size_t k = begin + lanes.index(); k < end; k += Lanes::count)
            sum += static_cast<double>(values[k]);
        sum = lanes.sum(sum);
        if (lanes.index() == 0) sums[index] = sum;
    }
};

/// Brings a row of a lazy optimizer's table up to date where it lies.
template <class Scalar, class Optimizer>
struct settle_row {
    table_view<Scalar> t;
    catch_up_view<Optimizer, Scalar> catch_ups;
    template <class Lanes>
    GRAFT_HOST_DEVICE void operator()(std::size_t r, const Lanes& lanes) const {
        using mover = row_mover<Scalar, Optimizer>;
        const double factor = t.rules.factor(r);
        const std::uint32_t last = t.last[r];
        if (factor == 0) { // the steps in which it was frozen are not due
            if (lanes.index() == 0 && last != 0) t.last[r] = catch_ups.now;
            return;
        }
        auto coefficients = catch_ups.since(last);
        if (factor != 1) coefficients = coefficients.scaled(factor);
        if (is_row_current(last, catch_ups.now, factor, coefficients.keep)) return;
        Scalar* row = t.row(r);
        for_each_pack<Scalar>(t.pitch, lanes, [&](std::size_t at) {
            mover::wake_rare(row + at, t.pitch, coefficients, catch_ups, last, factor, row + at);
            typename mover::packs n;
            n.load(row + at, t.pitch);
            for (std::size_t k = 0; k < pack<Scalar>::size; ++k) {
                Scalar element[mover::vectors];
                n.take(k, element);
                if (!mover::is_rare(element, coefficients))
                    element[0] = Optimizer::arithmetic::template catch_up<Scalar>(element, 1, coefficients);
                Optimizer::arithmetic::template settle<Scalar>(element, 1, coefficients);
                n.put(k, element);
            }
            n.store(row + at, t.pitch);
        });
        lanes.sync(); // all lanes have read `last`
        if (lanes.index() == 0) t.last[r] = catch_ups.now;
    }
};

/// Two tables, and what is needed to score their rows.
template <class Scorer, class Scalar>
struct score_view {
    const Scalar* users;
    const Scalar* items;
    std::size_t user_stride, item_stride, dim, pitch;
    Scalar mean;

    /// The same bits in all lanes.
    template <class Lanes>
    [[nodiscard]] GRAFT_HOST_DEVICE Scalar score(user_id user, item_id item, const Lanes& lanes) const {
        Scalar score =
            score_packs<Scorer>(users + static_cast<std::size_t>(user) * user_stride,
                                items + static_cast<std::size_t>(item) * item_stride, dim, pitch, lanes);
        if constexpr (Scorer::has_biases) score += mean;
        return score;
    }
};

/// scores[k] = score of (users[k], items[k]).
template <class Scorer, class Scalar>
struct score_pairs {
    score_view<Scorer, Scalar> tables;
    const user_id* users; // [n]
    const item_id* items; // [n]
    Scalar* scores;       // [n]
    template <class Lanes>
    GRAFT_HOST_DEVICE void operator()(std::size_t k, const Lanes& lanes) const {
        const Scalar score = tables.score(users[k], items[k], lanes);
        if (lanes.index() == 0) scores[k] = score;
    }
};

/// scores[u * count + i] = score of (users[u], items[i]).
template <class Scorer, class Scalar>
struct score_items {
    score_view<Scorer, Scalar> tables;
    const user_id* users; // nullptr: user u is row u
    const item_id* items; // [count], or nullptr: item i is row i
    std::size_t count;
    Scalar* scores; // [users x count]
    template <class Lanes>
    GRAFT_HOST_DEVICE void operator()(std::size_t at, const Lanes& lanes) const {
        const std::size_t u = at / count;
        const std::size_t i = at % count;
        const user_id user = users != nullptr ? users[u] : static_cast<user_id>(u);
        const item_id item = items != nullptr ? items[i] : static_cast<item_id>(i);
        const Scalar score = tables.score(user, item, lanes);
        if (lanes.index() == 0) scores[at] = score;
    }
};

/// Adds the errors of pairs r, r + count, r + 2 count .. to sums[r].
template <class Scorer, class Scalar>
struct add_errors {
    score_view<Scorer, Scalar> tables;
    const user_id* users;
    const item_id* items;
    const float* ratings;
    std::size_t size; // of the pairs
    clip bounds;
    error_sums* sums; // [count]
    std::size_t count;
    template <class Lanes>
    GRAFT_HOST_DEVICE void operator()(std::size_t r, const Lanes& lanes) const {
        error_sums mine;
        for (std::size_t k = r; k < size; k += count)
            mine.add(static_cast<double>(tables.score(users[k], items[k], lanes)), ratings[k], bounds);
        if (lanes.index() == 0) sums[r].add(mine);
    }
};

/// The total of all partial sums, in their order.
struct total_errors {
    const error_sums* sums; // [count]
    std::size_t count;
    error_sums* total; // [1]
    template <class Lanes>
    GRAFT_HOST_DEVICE void operator()(std::size_t, const Lanes& lanes) const {
        error_sums all;
        for (std::size_t r = 0; r < count; ++r) all.add(sums[r]);
        if (lanes.index() == 0) *total = all;
    }
};

} // namespace graft::inline v0_1::detail
