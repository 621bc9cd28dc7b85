#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include <graft/core/ids.hpp>
#include <graft/optim/table_rules.hpp>

namespace graft::inline v0_1 {

/// Interactions in the order in which they are trained on.
struct training_data {
    std::span<const user_id> users; ///< [n]
    std::span<const item_id> items; ///< [n]
    std::span<const float> targets; ///< [n]
    /// [n], what the loss of each interaction is multiplied by, or nothing for 1. A group_loss takes the weight
    /// of a group's first interaction.
    std::span<const float> weights{};
};

namespace detail {
/// Some of values that may be none.
template <class T>
[[nodiscard]] constexpr std::span<const T> some_of(std::span<const T> values, std::size_t begin,
                                                   std::size_t count) {
    return values.empty() ? values : values.subspan(begin, count);
}
} // namespace detail

/// How an engine trains.
struct engine_options {
    double l2 = 0.0; ///< weight of |p|^2 + |q|^2 per interaction, where the rules have none of their own
    std::size_t threads = 1;    ///< for backends that use threads; 0: all of the machine's
    std::size_t group_size = 1; ///< consecutive interactions of one user that a group_loss compares
};

/// One of the two tables of a model.
enum class table_side { users, items };

/// The rows of a table in the midst of a training, to be kept for later: what of them lags behind stays so.
struct training_rows {
    std::size_t rows = 0;
    std::size_t vectors = 0; ///< of a row: its weights and, once the table may move, its moments
    std::size_t width = 0;   ///< numbers of a vector
    bool have_steps =
        false; ///< whether each row has the step that it is up to date with (0: none has touched it)
};

/// Runs training steps on the two stores (users and items) of a model. While it lives, nothing else may use
/// the stores' rows, and the stores must stay where they are.
///
/// - Constructor (users, items, mean, optimizer, loss, options, user rules, item rules): allocates the
///   moments. The rules must fit the tables. Throws graft::error if there is not enough memory, and then
///   leaves the stores as they were. The destructor drops the moments.
/// - `run(data, batch_size, lr, losses)`: one step for each batch_size consecutive interactions; the last
///   batch may be shorter. Ids must be in range, and batch_size and the size of the data multiples of the
///   group size. losses: [steps], the mean loss of each batch before its step: the sum of the weighed losses, divided by
///   the number of interactions or groups. If a loss or gradient is not
///   finite, the run ends with that step and returns the place of such an interaction. That step has moved
///   some of the rows whose losses are all finite, and no other row. Results do not depend on the number of
///   threads.
/// - `settle()`: brings every row up to date. Before it, rows of a lazy optimizer may lag behind.
/// - `set_rules(users, items)`: settles, and uses other rules from then on. If it throws, the present rules
///   stay.
/// - `steps()`: the number of steps done.
/// - `rows_of(side)`, `read_rows(side, first, values, last)`: the rows as they are, for another engine to go on
///   with. values: [count x vectors x width]; last: [count], or nothing where the rows have no steps.
///   `write_rows(side, first, values, last)` puts them into an engine with the same rules, optimizer and tables,
///   in which `count_steps(lr, steps)` has counted the steps before without taking them. What follows has the
///   bits of the first engine's. These three throw graft::error if a device fails.
template <class E, class Store, class Scalar, class Optimizer, class Loss>
concept training_engine =
    std::constructible_from<E, Store&, Store&, Scalar, const Optimizer&, const Loss&, const engine_options&,
                            const table_rules&, const table_rules&> && !std::copyable<E> &&
    requires(E engine, const E settled, const training_data& data, std::span<double> losses,
             const table_rules& rules) {
    { engine.run(data, std::size_t{}, 0.0, losses) } -> std::same_as<std::optional<std::size_t>>;
    engine.settle();
    engine.set_rules(rules, rules);
    { settled.steps() } -> std::convertible_to<std::uint32_t>;
    { settled.rows_of(table_side{}) } -> std::same_as<training_rows>;
    engine.read_rows(table_side{}, std::size_t{}, std::span<Scalar>{}, std::span<std::uint32_t>{});
    engine.write_rows(table_side{}, std::size_t{}, std::span<const Scalar>{},
                      std::span<const std::uint32_t>{});
    engine.count_steps(0.0, std::size_t{});
};

} // namespace graft::inline v0_1
