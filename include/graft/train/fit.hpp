#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <graft/backend/collective.hpp>
#include <graft/core/error.hpp>
#include <graft/core/ids.hpp>
#include <graft/core/random.hpp>
#include <graft/data/interactions.hpp>
#include <graft/data/same_rows.hpp>
#include <graft/eval/mean_loss.hpp>
#include <graft/loss/loss.hpp>
#include <graft/loss/squared_error.hpp>
#include <graft/model/check_fits.hpp>
#include <graft/model/start_mean.hpp>
#include <graft/model/weights_snapshot.hpp>
#include <graft/optim/adam.hpp>
#include <graft/optim/optimizer.hpp>
#include <graft/optim/table_rules.hpp>
#include <graft/train/detail/epoch_order.hpp>
#include <graft/train/detail/misnamed_options.hpp>
#include <graft/train/detail/negative_sampler.hpp>
#include <graft/train/detail/run_keeper.hpp>
#include <graft/train/fit_options.hpp>
#include <graft/train/history.hpp>
#include <graft/train/trainer.hpp>

namespace graft::inline v0_1 {

namespace detail {

/// How many interactions of an epoch each row has, [rows]. negatives(row, positives): those that are drawn.
template <class Id, class Negatives>
[[nodiscard]] std::vector<double> interactions_per_row(std::span<const Id> ids, std::size_t rows,
                                                       const Negatives& negatives) {
    std::vector<double> counts(rows, 0);
    for (const Id id : ids) counts[row_of(id)] += 1;
    for (std::size_t r = 0; r < rows; ++r) counts[r] += negatives(r, counts[r]);
    return counts;
}

/// Adds row_l2, divided among the interactions of each row. Rules of a wrong size are left for their check.
inline void add_row_l2(table_rules& rules, double row_l2, const std::vector<double>& counts) {
    if (!rules.row_l2.empty() && rules.row_l2.size() != counts.size()) return;
    rules.row_l2.resize(counts.size(), 0.0F);
    for (std::size_t r = 0; r < counts.size(); ++r)
        if (counts[r] > 0) rules.row_l2[r] += static_cast<float>(row_l2 / counts[r]);
}

template <class Table>
void check_finite(const Table& table, const char* what, const id_map& names, const history& done,
                  std::size_t steps_per_epoch) {
    const auto row = table.first_row_not_finite();
    if (!row) return;
    const auto epochs = done.epochs.size();
    std::string message = "fit: after epoch " + std::to_string(epochs) + " the weights of " + what;
    if (*row < names.size()) message.append(" '").append(names.id(*row)).append("'");
    throw divergence_error(
        message + " (row " + std::to_string(*row) + ") are not finite; lower the learning rate",
        static_cast<std::int64_t>(epochs), static_cast<std::int64_t>(epochs * steps_per_epoch));
}

/// One call of fit.
template <class Model, class Optimizer, class Loss>
class fitting {
    static_assert(
        requires { typename Model::scorer_type; },
        "graft::fit: the first argument must be a graft::recommender");

public:
    /// Throws argument_error for what does not fit together.
    fitting(Model& model, const interactions& train, const interactions* valid,
            const fit_options<Optimizer, Loss>& options, const progress_callback& tell)
        : model_(model), train_(train), valid_(valid), options_(options), tell_(tell) {
        check_fits("training", model, train);
        check_values(train);
        if (valid != nullptr) {
            check_fits("validation", model, *valid);
            check_values(*valid);
            check_same_rows("fit", train, "the training data", *valid, "the validation data",
                            "split one source, so that both have its rows");
        }
        if (!(options.row_l2 >= 0) || !std::isfinite(options.row_l2))
            throw argument_error("fit: row_l2 must be a finite number >= 0");
        if (options.batch_size == 0) throw argument_error("fit: batch_size must be at least 1");
        if (options.patience > 0 && valid == nullptr && !options.monitor)
            throw argument_error("fit: patience needs validation data or a monitor");
        if (group_loss<Loss> && options.negatives.per_positive == 0)
            throw argument_error("fit: this loss compares an interaction with negatives; set "
                                 "negatives.per_positive to at least 1");
        if (options.negatives.per_positive > 0) {
            sampler_.emplace(train, nullptr, train.num_items(), options.negatives);
            if (valid != nullptr) draw_for_validation();
        }
        batch_ = (std::min)(options.batch_size, train.size());
        if (batch_ > max_rows / group())
            throw argument_error("fit: a batch of " + std::to_string(batch_) + " interactions with " +
                                 std::to_string(options.negatives.per_positive) +
                                 " negatives each is over 2^32; choose a smaller batch_size");
        steps_per_epoch_ = (train.size() + batch_ - 1) / batch_;
        set_rules();
    }

    history run() {
        const auto keeper = options_.checkpoint.open();
        const auto earlier = options_.moments_of.open();
        if (earlier) before_ = earlier->find_moments(describe());
        if (keeper) find_checkpoint(*keeper);
        {
            std::optional<trainer_type> training;
            begin_training(training);
            if (!result_.epochs.empty())
                restore_checkpoint(*keeper, *training);
            else if (earlier)
                take_moments(*earlier, *training);
            train_epochs(*training, keeper.get());
            training->settle();
        }
        result_.stopped_early =
            is_out_of_patience() && result_.epochs.size() < options_.epochs && !result_.stopped_by_callback;
        if (keeps_best() && result_.best_epoch != 0 &&
            (result_.stopped_by_callback || result_.best_epoch != result_.epochs.back().epoch))
            best_.restore(model_);
        check_finite(model_.users(), "user", train_.user_ids(), result_, steps_per_epoch_);
        check_finite(model_.items(), "item", train_.item_ids(), result_, steps_per_epoch_);
        return std::move(result_);
    }

private:
    using trainer_type = trainer<Model, Optimizer, Loss>;

    [[nodiscard]] std::size_t group() const noexcept { return 1 + options_.negatives.per_positive; }

    void check_values(const interactions& data) const {
        if (options_.values_are_weights)
            check_weights("fit: values_are_weights", data.values());
        else
            check_targets<Loss>("fit", data.values());
    }

    /// Draws the negatives of the validation data, once: items that a user has in neither data.
    void draw_for_validation() {
        const std::size_t items = (std::max)(train_.num_items(), valid_->num_items());
        const negative_sampler sampler(train_, valid_, items, options_.negatives);
        epoch_order order(*valid_, options_.values_are_weights, negatives_of(sampler), options_.threads);
        order.take(0, valid_->size(), 0);
        valid_with_negatives_ = std::move(order.part);
    }
    [[nodiscard]] drawn_negatives negatives_of(const negative_sampler& sampler) const {
        return {&sampler, options_.negatives.per_positive, options_.seed};
    }

    /// Shares row_l2 out over all interactions of a row, drawn ones as many as are expected.
    void set_rules() {
        users_ = options_.users;
        items_ = options_.items;
        if (options_.row_l2 == 0) return;
        const auto each = static_cast<double>(options_.negatives.per_positive);
        const auto drawn = each * static_cast<double>(train_.size());
        const auto of_user = [&](std::size_t, double positives) { return each * positives; };
        const auto of_item = [&](std::size_t item, double) {
            return sampler_ && item < train_.num_items() ? drawn * sampler_->share(item) : 0.0;
        };
        add_row_l2(users_, options_.row_l2,
                   interactions_per_row(train_.users(), model_.num_users(), of_user));
        add_row_l2(items_, options_.row_l2,
                   interactions_per_row(train_.items(), model_.num_items(), of_item));
    }

    /// What the mean of a biased model without one becomes: the best constant score.
    [[nodiscard]] double best_mean() const {
        if constexpr (pointwise_loss<Loss>)
            return options_.loss.best_constant((options_.values_are_weights ? 1.0 : train_.mean()) /
                                               static_cast<double>(group()));
        else
            return 0.0; // which all scores of a group would have alike
    }

    /// Makes a trainer, with the rules of the last epoch that is done.
    void begin_training(std::optional<trainer_type>& training) {
        const std::size_t epoch = (std::max)(result_.epochs.size(), std::size_t{1});
        const trainer_options options{.l2 = options_.l2,
                                      .threads = options_.threads,
                                      .users = rules_of(users_, options_.users_frozen_for, epoch),
                                      .items = rules_of(items_, options_.items_frozen_for, epoch),
                                      .group_size = pointwise_loss<Loss> ? 1 : group()};
        start_mean<Model> mean(model_, [&] { return best_mean(); });
        training.emplace(model_, options_.optimizer, options, options_.loss);
        mean.keep();
        take_ids(model_, train_);
    }

    static table_rules rules_of(const table_rules& rules, std::size_t frozen_for, std::size_t epoch) {
        auto now = rules;
        if (epoch <= frozen_for) now.lr_factor = 0;
        return now;
    }

    /// What a checkpoint tells this run by.
    [[nodiscard]] run_description describe() const {
        run_description run;
        run.users = {model_.num_users(), model_.users().store().width(), options_.users.lr_factor != 0,
                     options_.users_frozen_for, &options_.users};
        run.items = {model_.num_items(), model_.items().store().width(), options_.items.lr_factor != 0,
                     options_.items_frozen_for, &options_.items};
        run.scalar_size = sizeof(typename Model::scalar);
        run.moments = static_cast<std::size_t>(Optimizer::moments);
        run.lazy = Optimizer::lazy;
        run.keeps_best = keeps_best();
        run.train = &train_;
        run.valid = valid_;
        run.has_monitor = static_cast<bool>(options_.monitor);
        run.epochs = options_.epochs;
        run.steps_per_epoch = steps_per_epoch_;
        run.steps_before = before_.count();
        run.writers = writers_of<Model>();
        run.lr = [this](std::size_t epoch) { return lr_of(epoch); };

        run.add_text("scalar", sizeof(typename Model::scalar) == 4 ? "float" : "double");
        run.add_text("scorer", Model::scorer_type::has_biases ? "biased" : "dot");
        run.add_text("backend", Model::backend_type::name);
        run.add_count("users of the model", model_.num_users());
        run.add_count("items of the model", model_.num_items());
        run.add_count("dim", model_.dim());
        describe_type(run, "optimizer", options_.optimizer);
        describe_type(run, "loss", options_.loss);
        run.add_count("batch_size", options_.batch_size);
        run.add("l2", options_.l2);
        run.add("row_l2", options_.row_l2);
        run.add_count("negatives.per_positive", options_.negatives.per_positive);
        run.add("negatives.popularity_power", options_.negatives.popularity_power);
        run.add_count("values_are_weights", options_.values_are_weights ? 1 : 0);
        run.add_text("monitor", !options_.monitor ? "none" : options_.monitor.name.c_str());
        run.add_count("monitor.higher_is_better", options_.monitor.higher_is_better ? 1 : 0);
        run.add_count("patience", options_.patience);
        run.add_count("keep_best", options_.keep_best ? 1 : 0);
        run.add_count("shuffle", options_.shuffle ? 1 : 0);
        run.add_count("seed", options_.seed);
        run.add_count("users_frozen_for", options_.users_frozen_for);
        run.add_count("items_frozen_for", options_.items_frozen_for);
        run.add_count("steps of an epoch", steps_per_epoch_);
        run.add_count("steps before", before_.count());
        run.add_text("moments of", before_.identity.c_str());
        if constexpr (Model::scorer_type::has_biases)
            run.add("mean of the model",
                    static_cast<typename Model::scalar>(model_.has_mean() ? model_.mean() : best_mean()));
        return run;
    }
    template <class T>
    static void describe_type(run_description& run, const char* what, const T& described) {
        if constexpr (requires { std::string_view(described.name); })
            run.add_text(what, described.name);
        else
            throw argument_error(
                std::string("fit: a checkpoint has to know the ") + what +
                " again; give its type a static constexpr const char* name, and each_setting "
                "as graft::adam has it");
        const auto add = [&run](const char* name, double value) { run.add(name, value); };
        if constexpr (requires { described.each_setting(add); }) described.each_setting(add);
    }
    void find_checkpoint(run_keeper& keeper) {
        for (const auto& record : keeper.find(describe())) {
            static_cast<void>(is_best(record));
            result_.epochs.push_back(record);
        }
    }
    void restore_checkpoint(run_keeper& keeper, trainer_type& training) {
        if (keeps_best()) best_.take(model_); // of its size
        training.go_on([&](auto& engine) {
            rows_of_engine<typename Model::scalar, std::remove_reference_t<decltype(engine)>> rows(engine);
            keeper.restore(rows, best_);
            count_steps_before(engine);
            for (const auto& record : result_.epochs) engine.count_steps(record.lr, steps_per_epoch_);
        });
    }
    /// Of the run before this one, whose rows may be less than the model's.
    void take_moments(run_keeper& earlier, trainer_type& training) {
        weights_snapshot<Model> own;
        own.take(model_);
        training.go_on([&](auto& engine) {
            count_steps_before(engine);
            rows_of_engine<typename Model::scalar, std::remove_reference_t<decltype(engine)>> rows(engine);
            earlier.restore_moments(rows, own);
        });
    }
    template <class Engine>
    void count_steps_before(Engine& engine) const {
        for (const auto& steps : before_.all) engine.count_steps(steps.lr, steps.count);
    }
    void keep_checkpoint(run_keeper& keeper, trainer_type& training) {
        auto& engine = training.engine_between_steps();
        rows_of_engine<typename Model::scalar, std::remove_reference_t<decltype(engine)>> rows(engine);
        keeper.keep(result_.epochs, rows, best_);
    }

    [[nodiscard]] bool keeps_best() const {
        return options_.keep_best && (valid_ != nullptr || options_.monitor);
    }
    [[nodiscard]] double lr_of(std::size_t epoch) const {
        const double factor = options_.schedule ? options_.schedule(epoch - 1, options_.epochs) : 1.0;
        return options_.optimizer.lr * factor;
    }
    [[nodiscard]] bool is_out_of_patience() const {
        return options_.patience > 0 && result_.epochs.size() - result_.best_epoch >= options_.patience;
    }
    [[nodiscard]] bool is_over() const {
        return result_.epochs.size() >= options_.epochs || is_out_of_patience() ||
               result_.stopped_by_callback;
    }
    /// Returns whether a record has the least cost so far; without costs each epoch is the best.
    bool is_best(const epoch_record& record) {
        const auto cost = cost_of(record);
        if (cost && !(*cost < least_cost_)) return false;
        if (cost) least_cost_ = *cost;
        result_.best_epoch = record.epoch;
        return true;
    }

    void train_epochs(trainer_type& training, run_keeper* keeper) {
        const std::size_t done = result_.epochs.size();
        if (is_over()) return;
        epoch_order order(train_, options_.values_are_weights,
                          sampler_ ? negatives_of(*sampler_) : drawn_negatives{}, options_.threads);
        random_engine engine(options_.seed);
        for (std::size_t epoch = 1; !is_over(); ++epoch) {
            const auto began = std::chrono::steady_clock::now();
            if (options_.shuffle) order.shuffle(engine);
            if (epoch <= done) continue;
            if (epoch > 1 &&
                (epoch == options_.users_frozen_for + 1 || epoch == options_.items_frozen_for + 1))
                training.set_rules(rules_of(users_, options_.users_frozen_for, epoch),
                                   rules_of(items_, options_.items_frozen_for, epoch));
            epoch_record record{.epoch = epoch, .lr = lr_of(epoch)};
            training.set_lr(record.lr);
            record.train_loss = train_epoch(training, order, epoch);
            if (result_.stopped_by_callback) return;
            if (valid_ != nullptr) record.valid_loss = validate(training, epoch);
            if (options_.monitor) record.monitored = watch(training, epoch);
            if (is_best(record) && keeps_best()) best_.take(model_);
            record.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
            result_.epochs.push_back(record);
            tell(training, epoch, steps_per_epoch_, record.train_loss, &result_.epochs.back());
            // After the callback: where it reads the model, it settles the rows.
            if (keeper != nullptr && (is_over() || epoch % options_.checkpoint.every() == 0))
                keep_checkpoint(*keeper, training);
        }
    }

    /// The mean loss over the epoch, or over the part before the callback stopped it.
    double train_epoch(trainer_type& training, epoch_order& order, std::size_t epoch) {
        // Interactions that are drawn at once, between two calls of the callback.
        std::size_t part = (std::max)(std::size_t{1}, (std::size_t{1} << 17U) / group());
        if (tell_) part = (std::min)(part, (std::max)(train_.size() / 20, std::size_t{1024}));
        part = (std::max)(std::size_t{1}, part / batch_) * batch_;
        std::vector<double> losses;
        double sum = 0;
        for (std::size_t begin = 0; begin < train_.size(); begin += part) {
            const std::size_t count = (std::min)(part, train_.size() - begin);
            order.take(begin, count, epoch);
            losses.resize((count + batch_ - 1) / batch_);
            const auto bad = training.train_checked(order.part.view(), batch_ * group(), losses);
            if (bad) fail(order, *bad, epoch);
            for (std::size_t s = 0; s < losses.size(); ++s)
                sum += losses[s] * static_cast<double>((std::min)(batch_, count - s * batch_));
            const std::size_t done = begin + count;
            if (done < train_.size())
                tell(training, epoch, done / batch_, sum / static_cast<double>(done), nullptr);
            if (result_.stopped_by_callback) return sum / static_cast<double>(done);
        }
        return sum / static_cast<double>(train_.size());
    }

    double validate(trainer_type& training, std::size_t epoch) {
        training.settle();
        return checked("the validation loss", epoch, valid_loss());
    }
    double valid_loss() const {
        if (valid_with_negatives_)
            return mean_loss_of(model_, valid_with_negatives_->view(), pointwise_loss<Loss> ? 1 : group(),
                                options_.loss);
        if constexpr (pointwise_loss<Loss>) {
            if (!options_.values_are_weights) return mean_loss(model_, *valid_, options_.loss);
            const std::vector<float> ones(valid_->size(), 1.0F);
            return mean_loss_of(model_, {valid_->users(), valid_->items(), ones, valid_->values()}, 1,
                                options_.loss);
        } else {
            return 0; // not reached: a group loss has negatives
        }
    }
    double watch(trainer_type& training, std::size_t epoch) {
        training.settle();
        return checked(options_.monitor.name.c_str(), epoch, options_.monitor.value());
    }
    /// What the best epoch has least of, if anything tells.
    [[nodiscard]] std::optional<double> cost_of(const epoch_record& record) const {
        if (!record.monitored) return record.valid_loss;
        return options_.monitor.higher_is_better ? -*record.monitored : *record.monitored;
    }
    double checked(const char* what, std::size_t epoch, double value) const {
        if (!std::isfinite(value))
            throw divergence_error("fit: epoch " + std::to_string(epoch) + ": " + what +
                                       " is not finite; lower the learning rate",
                                   static_cast<std::int64_t>(epoch),
                                   static_cast<std::int64_t>(epoch * steps_per_epoch_));
        return value;
    }

    void tell(trainer_type& training, std::size_t epoch, std::size_t step, double train_loss,
              const epoch_record* finished) {
        if (!tell_) return;
        training.with_readable_model([&] {
            const bool stop = !tell_({.epoch = epoch,
                                      .epochs = options_.epochs,
                                      .step = step,
                                      .steps = steps_per_epoch_,
                                      .train_loss = train_loss,
                                      .finished = finished,
                                      .monitor = options_.monitor.name});
            result_.stopped_by_callback = agreed<Model>(stop);
        });
    }

    [[noreturn]] void fail(const epoch_order& order, const bad_interaction& bad, std::size_t epoch) const {
        const user_id user = order.part.users[bad.place];
        const item_id item = order.part.items[bad.place];
        throw divergence_error("fit: epoch " + std::to_string(epoch) + ", step " + std::to_string(bad.step) +
                                   ": the loss of user '" + std::string(train_.id_of(user)) + "' (row " +
                                   std::to_string(row_of(user)) + ") and item '" +
                                   std::string(train_.id_of(item)) + "' (row " +
                                   std::to_string(row_of(item)) +
                                   ") is not finite; lower the learning rate or scale the ratings",
                               static_cast<std::int64_t>(epoch), bad.step);
    }

    Model& model_;
    const interactions& train_;
    const interactions* valid_; // or nullptr
    const fit_options<Optimizer, Loss>& options_;
    const progress_callback& tell_;
    std::size_t batch_ = 0;
    std::size_t steps_per_epoch_ = 0;
    table_rules users_, items_;
    std::optional<negative_sampler> sampler_;
    std::optional<epoch_part> valid_with_negatives_;
    earlier_steps before_;
    weights_snapshot<Model> best_;
    double least_cost_ = std::numeric_limits<double>::infinity();
    history result_;
};

} // namespace detail

/// Trains a model by mini-batches, and returns the losses of each epoch. With validation data the loss on them
/// is computed after each epoch, and the weights of the best epoch are kept. A `biased` model without a mean
/// gets the constant score that fits the training data best. fit_options<sgd>{..} chooses another optimizer,
/// fit_options<adam, logistic>{..} another loss.
///
/// To rank clicks: {.optimizer = {.lr = 2e-3}, .schedule = cosine_decay{}, .l2 = 0.01,
/// .negatives = {.per_positive = 16}, .row_l2 = 0}
/// draws negatives for each interaction, in every epoch; for validation data once, among items that the user
/// has in neither data. Some 20 epochs of a `biased` model rank about as well as fit_als. fit_options<adam, bpr>
/// and <adam, softmax> compare a click with its negatives instead.
///
/// The model takes the ids of its rows from the training data.
///
/// With fit_options::checkpoint a run goes on where its process was killed, and with fit_options::moments_of a later
/// run goes on with its moments, also of a grown model (train/checkpoint.hpp).
///
/// Throws argument_error, before anything is changed, for empty data, data with more rows than the model,
/// data whose rows have other ids than the model's or each other's, ratings that the loss does not take, and options out of range.
/// Throws divergence_error, which names epoch, step and the first bad row, if a loss or a weight is no longer
/// finite. The model then has the weights of that step, with the bad row as before it.
template <class Model, optimizer Optimizer = adam, loss Loss = squared_error>
history fit(Model& model, const interactions& train, const interactions& valid,
            const fit_options<Optimizer, Loss>& options = {}, const progress_callback& tell = {}) {
    return detail::fitting(model, train, &valid, options, tell).run();
}
template <class Model, optimizer Optimizer = adam, loss Loss = squared_error>
history fit(Model& model, const interactions& train, const fit_options<Optimizer, Loss>& options = {},
            const progress_callback& tell = {}) {
    return detail::fitting(model, train, static_cast<const interactions*>(nullptr), options, tell).run();
}

/// Options that do not fit fit_options, such as {.epoch = 5}: says so in one line.
template <class Never = void>
history fit(detail::anything, detail::anything, const detail::misnamed_fit_options&, detail::anything = {}) {
    return detail::refuse_options<Never>();
}
template <class Never = void>
history fit(detail::anything, detail::anything, detail::anything, const detail::misnamed_fit_options&,
            detail::anything = {}) {
    return detail::refuse_options<Never>();
}

} // namespace graft::inline v0_1
