#pragma once

#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <new>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <graft/core/error.hpp>
#include <graft/core/thread_pool.hpp>
#include <graft/data/id_map.hpp>
#include <graft/data/interactions.hpp>
#include <graft/model/check_fits.hpp>
#include <graft/optim/table_rules.hpp>
#include <graft/train/als_options.hpp>
#include <graft/train/detail/als_solver.hpp>
#include <graft/train/detail/als_table.hpp>
#include <graft/train/history.hpp>

namespace graft::inline v0_1 {

namespace detail {

/// Throws argument_error for options of alternating least squares that are out of range.
inline void check(const als_options& options) {
    const auto positive = [](double x) { return x > 0 && std::isfinite(x); };
    const auto not_negative = [](double x) { return x >= 0 && std::isfinite(x); };
    if (!not_negative(options.unobserved_weight))
        throw argument_error("fit_als: unobserved_weight must be a finite number >= 0");
    if (!positive(options.l2)) throw argument_error("fit_als: l2 must be a finite number above 0");
    if (!not_negative(options.l2_exponent))
        throw argument_error("fit_als: l2_exponent must be a finite number >= 0");
    if (options.alpha && !positive(*options.alpha))
        throw argument_error("fit_als: alpha must be a finite number above 0");
    if (options.cg_steps > 1000)
        throw argument_error("fit_als: cg_steps must be at most 1000; 0 gives exact solutions");
    thread_pool::check(options.threads);
    for (const auto* rules : {&options.users, &options.items}) {
        if (rules->has_fractions())
            throw argument_error("fit_als: there is no learning rate; its factors must be 0 (frozen) or 1");
        if (rules->l2 && !positive(*rules->l2))
            throw argument_error("fit_als: the l2 of a table must be a finite number above 0");
    }
    if (options.users.lr_factor == 0 && options.items.lr_factor == 0)
        throw argument_error("fit_als: both tables are frozen");
}

/// One call of fit_als.
template <class Model>
class als_fitting {
    static_assert(
        requires { typename Model::scorer_type; },
        "graft::fit_als: the first argument must be a graft::recommender");
    static_assert(
        !Model::scorer_type::has_biases,
        "graft::fit_als: least squares of clicks has no biases; the model's scorer must be graft::dot");

public:
    /// Throws argument_error for what does not fit together.
    als_fitting(Model& model, const interactions& clicks, const als_options& options,
                const progress_callback& tell)
        : model_(model), clicks_(clicks), options_(options), tell_(tell),
          confidences_(checked_confidences(model, clicks, options)),
          users_(model.users().weights(), model.dim(), clicks.users(), clicks.items(),
                 std::span<const scalar>(confidences_), options.users),
          items_(model.items().weights(), model.dim(), clicks.items(), clicks.users(),
                 std::span<const scalar>(confidences_), options.items),
          solver_(model.dim(), options.unobserved_weight, options.cg_steps, options.threads) {
        users_.set_penalties(options.l2, options.l2_exponent, options.unobserved_weight,
                             items_.present().size());
        items_.set_penalties(options.l2, options.l2_exponent, options.unobserved_weight,
                             users_.present().size());
        confidences_ = {};
        check_start();
    }

    history run() {
        for (std::size_t epoch = 1; epoch <= options_.epochs && !result_.stopped_by_callback; ++epoch) {
            const auto began = std::chrono::steady_clock::now();
            if (!users_.is_frozen()) solve("user", users_, items_, clicks_.user_ids(), epoch);
            if (!items_.is_frozen()) solve("item", items_, users_, clicks_.item_ids(), epoch);
            const double error =
                items_.is_frozen() ? solver_.error(users_, items_) : solver_.error(items_, users_);
            result_.best_epoch = epoch;
            result_.epochs.push_back(
                {.epoch = epoch,
                 .train_loss =
                     (error + users_.penalty() + items_.penalty()) / static_cast<double>(clicks_.size()),
                 .seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count()});
            tell(epoch);
        }
        write_back();
        return std::move(result_);
    }

private:
    using scalar = typename Model::scalar;

    /// Checks everything that a model, data and options can be wrong in. Returns the confidences, or none.
    static std::vector<scalar> checked_confidences(const Model& model, const interactions& clicks,
                                                   const als_options& options) {
        check(options);
        options.users.check("users", model.num_users(), model.dim(), false);
        options.items.check("items", model.num_items(), model.dim(), false);
        model.users().check_free();
        model.items().check_free();
        check_fits("training", model, clicks);
        std::vector<scalar> confidences;
        if (!options.alpha) return confidences;
        confidences.reserve(clicks.size());
        for (std::size_t k = 0; k < clicks.size(); ++k) {
            confidences.push_back(
                static_cast<scalar>(*options.alpha * static_cast<double>(clicks.values()[k])));
            if (!(confidences[k] >= 0) || !std::isfinite(confidences[k]))
                throw argument_error("fit_als: the value at position " + std::to_string(k) + " is " +
                                     std::to_string(clicks.values()[k]) +
                                     "; with alpha, values must be >= 0 and their multiples finite");
        }
        return confidences;
    }
    /// From rows of zeros nothing can be learned: both tables would be zero for ever.
    void check_start() const {
        const bool users_first = !users_.is_frozen();
        const auto& first = users_first ? users_ : items_;
        const auto& others = users_first ? items_ : users_;
        if (first.has_anchor()) return;
        for (const scalar w : others.weights())
            if (w != 0) return;
        throw argument_error(std::string("fit_als: the ") + (users_first ? "item" : "user") +
                             " rows, which the first solution starts from, are all 0; draw them");
    }

    void solve(const char* what, als_table<scalar>& table, const als_table<scalar>& others,
               const id_map& names, std::size_t epoch) {
        const auto bad = solver_.solve(table, others);
        if (!bad) return;
        throw divergence_error("fit_als: epoch " + std::to_string(epoch) + ": the equations of " + what +
                                   " '" + std::string(names.id(*bad)) + "' (row " + std::to_string(*bad) +
                                   ") have no finite solution; raise l2, or scale alpha and the rows down",
                               static_cast<std::int64_t>(epoch), static_cast<std::int64_t>(epoch));
    }
    void tell(std::size_t epoch) {
        if (!tell_) return;
        write_back();
        const auto& record = result_.epochs.back();
        result_.stopped_by_callback = !tell_({.epoch = epoch,
                                              .epochs = options_.epochs,
                                              .step = 1,
                                              .steps = 1,
                                              .train_loss = record.train_loss,
                                              .finished = &record});
    }
    void write_back() {
        model_.users().set_weights(users_.weights());
        model_.items().set_weights(items_.weights());
        take_ids(model_, clicks_);
    }

    Model& model_;
    const interactions& clicks_;
    const als_options& options_;
    const progress_callback& tell_;
    std::vector<scalar> confidences_;
    als_table<scalar> users_, items_;
    als_solver<scalar> solver_;
    history result_;
};

} // namespace detail

/// Trains a model with the dot scorer on clicks by alternating least squares (Hu, Koren and Volinsky,
/// "Collaborative filtering for implicit feedback datasets", 2008). With l2 scaled by how much of the
/// objective a row occurs in (Rendle et al., "Revisiting the performance of iALS", 2110.14037) it minimises
///
///     sum over interactions c (1 - p.q)^2 + w0 x sum over all pairs (p.q)^2 + sum over rows l2 |w - anchor|^2
///
/// A pair that occurs twice counts twice. The first users are solved from the item rows as they are. Rows
/// without interactions are left out and get their anchor, or 0, since nothing is known of them; frozen rows
/// stay in: with all items frozen, new users are folded in. The train_loss of an epoch is the objective over
/// the number of interactions; it falls, but for rounding. An epoch takes O(interactions dim + rows dim^2),
/// in closed form O(interactions dim^2 + rows dim^3), in the model's numbers, and memory for both tables once
/// more.
///
/// Throws argument_error, before anything is changed, for empty data, data with more rows than the model,
/// options out of range, values below 0 with alpha and item rows that are all 0; graft::error where a trainer
/// has the model or there is not the memory. Throws divergence_error for a row without a finite solution; the
/// model is then as the callback saw it last, without a callback as it was.
template <class Model>
history fit_als(Model& model, const interactions& clicks, const als_options& options = {},
                const progress_callback& tell = {}) {
    std::optional<detail::als_fitting<Model>> fitting;
    try {
        fitting.emplace(model, clicks, options, tell);
    } catch (const std::bad_alloc&) {
        throw error("fit_als: there is not the memory for both tables and the clicks once more");
    }
    return fitting->run();
}

} // namespace graft::inline v0_1
