#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <graft/backend/training_engine.hpp>
#include <graft/core/error.hpp>
#include <graft/core/ids.hpp>
#include <graft/core/thread_pool.hpp>
#include <graft/loss/loss.hpp>
#include <graft/loss/squared_error.hpp>
#include <graft/optim/adam.hpp>
#include <graft/optim/optimizer.hpp>
#include <graft/optim/table_rules.hpp>
#include <graft/train/detail/run_rows.hpp>
#include <graft/train/detail/take_moments.hpp>

namespace graft::inline v0_1 {

struct trainer_options {
    double l2 = 0.0;         ///< weight of |p|^2 + |q|^2 (biases included) for each interaction of a batch
    std::size_t threads = 1; ///< 0 means all of the machine's; results do not depend on it
    table_rules users{};     ///< what may move in the user table
    table_rules items{};     ///< and in the item table
    /// Of a group_loss: interactions k group_size .. (k + 1) group_size - 1 are a group, all of one user.
    std::size_t group_size = 1;
};

/// Where a loss was not finite.
struct bad_interaction {
    std::size_t place; ///< of the interaction, in what `train` was given
    std::int64_t step; ///< counted from 1 since the trainer began
};

namespace detail {

/// Throws argument_error for a target that is not finite or that the loss does not take.
template <class Loss>
void check_targets(const char* who, std::span<const float> targets) {
    for (std::size_t k = 0; k < targets.size(); ++k) {
        if (!std::isfinite(targets[k]))
            throw argument_error(std::string(who) + ": the target at position " + std::to_string(k) +
                                 " is not finite");
        if constexpr (pointwise_loss<Loss>)
            if (static_cast<double>(targets[k]) < Loss::lowest_target ||
                static_cast<double>(targets[k]) > Loss::highest_target)
                throw argument_error(std::string(who) + ": the target at position " + std::to_string(k) +
                                     " is " + std::to_string(targets[k]) + "; this loss takes targets from " +
                                     std::to_string(Loss::lowest_target) + " to " +
                                     std::to_string(Loss::highest_target));
    }
}

/// Throws argument_error for a weight that is not a finite number >= 0.
inline void check_weights(const char* who, std::span<const float> weights) {
    for (std::size_t k = 0; k < weights.size(); ++k)
        if (!(weights[k] >= 0) || !std::isfinite(weights[k]))
            throw argument_error(std::string(who) + ": the weight at position " + std::to_string(k) + " is " +
                                 std::to_string(weights[k]) + "; weights are finite numbers >= 0");
}

} // namespace detail

/// Trains a model batch by batch and keeps the optimizer's moments, as a torch.optim object does. While it
/// lives the model must stay where it is. Between a step and `settle` the rows of the model cannot be read.
/// `fit` does all this for you.
template <class Model, optimizer Optimizer = adam, loss Loss = squared_error>
class trainer {
    using scalar = typename Model::scalar;
    using engine =
        typename Model::backend_type::template engine<scalar, Model::static_dim, typename Model::scorer_type,
                                                      Optimizer, Loss>;

public:
    /// Throws argument_error for hyperparameters out of range, graft::error if another trainer has the model
    /// or there is not the memory for its moments.
    explicit trainer(Model& model, const Optimizer& o = {}, const trainer_options& options = {},
                     const Loss& how = {})
        : model_(model), optimizer_(checked(o, options, model)), group_size_(options.group_size), lr_(o.lr),
          lease_(model), engine_(lease_.users, lease_.items, model.mean(), o, how,
                                 {.l2 = options.l2, .threads = options.threads, .group_size = group_size_},
                                 options.users, options.items) {}
    trainer(const trainer&) = delete;
    trainer& operator=(const trainer&) = delete;
    /// Settles the model. If that fails, as a device may, reading the model is an error from then on.
    ~trainer() {
        if (!lagging_) return;
        try {
            settle();
        } catch (...) { // the tables know that they lag behind
        }
    }

    /// The learning rate of the steps to come; at first the optimizer's. Throws argument_error for one that the
    /// optimizer refuses.
    void set_lr(double lr) {
        if (!(lr >= 0) || !std::isfinite(lr))
            throw argument_error("trainer: lr must be a finite number >= 0");
        auto now = optimizer_;
        now.lr = lr;
        now.template check<scalar>();
        lr_ = lr;
    }

    /// Sets other rules for the steps to come, and settles the model. Throws argument_error if they do not
    /// fit it.
    void set_rules(const table_rules& users, const table_rules& items) {
        check_rules(optimizer_, users, items, model_);
        engine_.set_rules(users, items);
        set_lagging(false);
    }

    /// One step on one batch. Returns its mean loss before the step. users, items, targets: [batch]; weights:
    /// [batch] or none, as in training_data. Throws argument_error for ids outside of the model, targets that
    /// the loss does not take, weights that are not finite and >= 0, and groups of several users; these change
    /// nothing. Throws divergence_error if the loss is not finite.
    double step(std::span<const user_id> users, std::span<const item_id> items,
                std::span<const float> targets, std::span<const float> weights = {}) {
        double loss = 0;
        if (const auto bad = train(users, items, targets, users.size(), std::span(&loss, 1), weights))
            throw divergence_error("trainer: the loss of user " + std::to_string(row_of(users[bad->place])) +
                                       " and item " + std::to_string(row_of(items[bad->place])) +
                                       " at step " + std::to_string(bad->step) +
                                       " is not finite; lower lr or scale the targets",
                                   1, bad->step);
        return loss;
    }

    /// One step for each `batch_size` consecutive interactions; the last batch may be shorter. losses:
    /// [steps], as `step` returns. Returns where the loss was not finite, if anywhere. Throws as `step`.
    std::optional<bad_interaction> train(std::span<const user_id> users, std::span<const item_id> items,
                                         std::span<const float> targets, std::size_t batch_size,
                                         std::span<double> losses, std::span<const float> weights = {}) {
        if (users.size() != items.size() || users.size() != targets.size() || users.empty() ||
            batch_size == 0)
            throw argument_error(
                "trainer: a batch needs as many users as items and targets, and at least one");
        batch_size = (std::min)(batch_size, users.size());
        if (losses.size() != (users.size() + batch_size - 1) / batch_size)
            throw argument_error("trainer: losses has not one place per step");
        model_.check_ids(users, items);
        detail::check_targets<Loss>("trainer", targets);
        if (!weights.empty() && weights.size() != users.size())
            throw argument_error("trainer: " + std::to_string(weights.size()) + " weights do not pair with " +
                                 std::to_string(users.size()) + " interactions");
        detail::check_weights("trainer", weights);
        check_groups(users, batch_size);
        return train_checked({users, items, targets, weights}, batch_size, losses);
    }

    /// `train` for data that were checked before. Throws graft::error for steps beyond 2^32 - 2, which is as
    /// far as they are counted.
    std::optional<bad_interaction> train_checked(const training_data& data, std::size_t batch_size,
                                                 std::span<double> losses) {
        constexpr std::size_t most = 0xffff'fffeU;
        if (losses.size() > most - (std::min)(most, std::size_t{engine_.steps()}))
            throw error("trainer: " + std::to_string(losses.size()) + " steps after " +
                        std::to_string(engine_.steps()) +
                        " are more than the 4294967294 that are counted; begin a new trainer");
        set_lagging(true); // also if the run fails
        const auto bad = engine_.run(data, batch_size, lr_, losses);
        if constexpr (!Optimizer::lazy) set_lagging(false);
        if (!bad) return std::nullopt;
        return bad_interaction{*bad, static_cast<std::int64_t>(engine_.steps())};
    }

    /// Brings all rows up to date, so that the model can be read. O(all rows). Throws graft::error if a
    /// device fails, or failed in the midst of a step.
    void settle() {
        engine_.settle();
        set_lagging(false);
    }

    /// Calls f, which may read the model: the first read settles it.
    template <class F>
    void with_readable_model(F&& f) {
        const std::function<void()> bring_up_to_date = [this] { settle(); };
        const readable_scope scope(model_, bring_up_to_date);
        f();
    }

    /// Goes on with the moments and the steps of another trainer, whose model this one's was or has grown from
    /// (`grow`), and settles that. New rows have moments of 0, as rows that no batch has touched. Learning rate and
    /// rules are this trainer's own; a table that one of the two has frozen begins without moments. Throws
    /// argument_error after the first step, and for a model with more rows than this one's or of another dim.
    void take_moments(trainer& earlier) {
        if (engine_.steps() != 0)
            throw argument_error("trainer: take_moments comes before the first step, and " +
                                 std::to_string(engine_.steps()) + " are done");
        const auto& its = earlier.model_;
        if (its.num_users() > model_.num_users() || its.num_items() > model_.num_items() ||
            its.dim() != model_.dim())
            throw argument_error(
                "trainer: take_moments: the earlier trainer's model has " + std::to_string(its.num_users()) +
                " users, " + std::to_string(its.num_items()) + " items and the dim " +
                std::to_string(its.dim()) + ", this one's " + std::to_string(model_.num_users()) + ", " +
                std::to_string(model_.num_items()) + " and " + std::to_string(model_.dim()) +
                "; grow the earlier one");
        earlier.settle();
        go_on([&](engine& own) {
            own.count_steps(earlier.lr_, earlier.engine_.steps());
            using rows = detail::rows_of_engine<scalar, engine>;
            rows from(earlier.engine_);
            rows to(own);
            detail::take_moments(from, its.num_users(), to, table_side::users, sizeof(scalar));
            detail::take_moments(from, its.num_items(), to, table_side::items, sizeof(scalar));
        });
        set_lagging(false);
    }

    /// For checkpoints: the engine, whose rows are read between two steps as they are.
    [[nodiscard]] engine& engine_between_steps() noexcept { return engine_; }
    /// For checkpoints: f puts the rows and steps of another trainer into the engine.
    template <class F>
    void go_on(F&& f) {
        set_lagging(true); // also if f fails
        f(engine_);
        if constexpr (!Optimizer::lazy) set_lagging(false);
    }

private:
    struct readable_scope {
        readable_scope(Model& m, const std::function<void()>& settle) : model(m) { set(&settle); }
        readable_scope(const readable_scope&) = delete;
        readable_scope& operator=(const readable_scope&) = delete;
        ~readable_scope() { set(nullptr); }
        void set(const std::function<void()>* settle) noexcept {
            model.users().set_settler(settle);
            model.items().set_settler(settle);
        }
        Model& model;
    };
    struct lease { // the model's rows, given back when the trainer ends
        explicit lease(Model& m) : model(m), users(m.users().lend()), items(lend_items(m)) {}
        lease(const lease&) = delete;
        lease& operator=(const lease&) = delete;
        ~lease() {
            model.users().take_back();
            model.items().take_back();
        }
        static auto& lend_items(Model& m) {
            try {
                return m.items().lend();
            } catch (...) {
                m.users().take_back();
                throw;
            }
        }
        Model& model;
        std::remove_reference_t<decltype(std::declval<Model&>().users().lend())>& users;
        std::remove_reference_t<decltype(std::declval<Model&>().items().lend())>& items;
    };

    static const Optimizer& checked(const Optimizer& o, const trainer_options& options, const Model& model) {
        o.template check<scalar>();
        if (!(options.l2 >= 0) || !std::isfinite(options.l2))
            throw argument_error("trainer: l2 must be a finite number >= 0");
        if (options.l2 > 1e30) throw argument_error("trainer: l2 must be at most 1e30");
        thread_pool::check(options.threads);
        if (options.group_size == 0) throw argument_error("trainer: group_size must be at least 1");
        check_rules(o, options.users, options.items, model);
        return o;
    }
    static void check_rules(const Optimizer& o, const table_rules& users, const table_rules& items,
                            const Model& model) {
        users.check("users", model.num_users(), model.dim(), model.users().has_bias());
        items.check("items", model.num_items(), model.dim(), model.items().has_bias());
        if constexpr (Optimizer::decays)
            if (o.decay() != 0 && (users.has_fractions() || items.has_fractions()))
                throw argument_error("table_rules: with weight decay a learning rate factor must be 0 or 1");
    }
    void check_groups(std::span<const user_id> users, std::size_t batch_size) const {
        if constexpr (group_loss<Loss>) {
            if (users.size() % group_size_ != 0 || batch_size % group_size_ != 0)
                throw argument_error(
                    "trainer: the interactions and batch_size must be multiples of group_size, " +
                    std::to_string(group_size_));
            for (std::size_t k = 0; k < users.size(); ++k)
                if (users[k] != users[k - k % group_size_])
                    throw argument_error(
                        "trainer: the interactions of a group must be of one user; that at position " +
                        std::to_string(k) + " is of another");
        }
    }
    void set_lagging(bool lagging) noexcept {
        lagging_ = lagging;
        model_.users().set_lagging(lagging);
        model_.items().set_lagging(lagging);
    }

    Model& model_;
    Optimizer optimizer_;
    std::size_t group_size_;
    double lr_;
    bool lagging_ = false;
    lease lease_;
    engine engine_;
};

} // namespace graft::inline v0_1
