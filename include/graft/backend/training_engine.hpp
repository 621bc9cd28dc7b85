#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include <graft/core/ids.hpp>
#include <graft/optim/table_rules.hpp>

namespace graft {

/// Interactions in the order in which they are trained on.
struct training_data {
    std::span<const user_id> users; ///< [n]
    std::span<const item_id> items; ///< [n]
    std::span<const float> targets; ///< [n]
};

/// How an engine trains.
struct engine_options {
    double l2 = 0.0; ///< weight of |p|^2 + |q|^2 per interaction, where the rules have none of their own
    std::size_t threads = 1;    ///< 0: all of the machine's; of backends that use threads
    std::size_t group_size = 1; ///< consecutive interactions of one user that a group_loss compares
};

/// What runs training steps over two stores of a backend. While it lives it has the stores' rows to itself;
/// they must stay where they are.
///
/// - Constructor (users, items, mean, optimizer, loss, options, user rules, item rules): makes room for the
///   moments. The rules must fit the tables. Throws graft::error if there is not the memory, and then leaves
///   the stores as they were. The destructor drops the moments.
/// - `run(data, batch_size, lr, losses)`: one step for each batch_size consecutive interactions; the last
///   batch may be shorter. Ids must be in range, and batch_size and the data's size multiples of the group
///   size. losses: [steps], the mean loss of each batch before its step. Returns the place of an interaction
///   whose loss or gradient is not finite, if any: its step, the last one, moved only rows without such ones,
///   and not all of them. Results do not depend on threads.
/// - `settle()`: brings every row up to date; before it the rows of a lazy optimizer lag behind.
/// - `set_rules(users, items)`: settles, and from then on goes by other rules; where that fails, by those it
///   had.
/// - `steps()`: steps done.
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
};

} // namespace graft
