#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <graft/core/error.hpp>
#include <graft/core/ids.hpp>
#include <graft/core/random.hpp>
#include <graft/data/interactions.hpp>
#include <graft/eval/metrics.hpp>
#include <graft/model/check_fits.hpp>
#include <graft/model/weights_snapshot.hpp>
#include <graft/optim/adam.hpp>
#include <graft/optim/optimizer.hpp>
#include <graft/optim/schedule.hpp>
#include <graft/optim/table_rules.hpp>
#include <graft/train/history.hpp>
#include <graft/train/trainer.hpp>

namespace graft {

template <optimizer Optimizer = adam>
struct fit_options {
    std::size_t epochs = 10;
    std::size_t batch = 256; ///< interactions per step; the last of an epoch may be shorter
    Optimizer optimizer = {};
    graft::schedule schedule = {}; ///< factor on the learning rate by epoch
    double l2 = 0.0;               ///< as in trainer_options
    /// Weight of |w|^2 for each row and epoch, shared among its interactions and added to l2: what keeps rows
    /// with few interactions from overfitting.
    double row_l2 = 0.0;
    std::size_t patience = 0; ///< end after so many epochs without a lower validation loss; 0: run all
    bool keep_best = true;    ///< end with the weights of the epoch with the least validation loss
    bool shuffle = true;      ///< a new order every epoch; else the order of the data
    std::uint64_t seed = 0;   ///< of the orders
    std::size_t threads = 1;  ///< 0 means all of the machine's; results do not depend on it
    table_rules users{};      ///< what may move in the user table
    table_rules items{};      ///< and in the item table
    std::size_t users_frozen_for = 0; ///< the user table stands still for so many epochs first
    std::size_t items_frozen_for = 0; ///< the item table likewise
};

namespace detail {

/// The data in the order of an epoch, a part at a time.
class epoch_order {
public:
    explicit epoch_order(const interactions& data) : data_(data), order_(data.size()) {
        std::iota(order_.begin(), order_.end(), std::uint32_t{0});
    }
    void shuffle(random_engine& engine) { graft::shuffle(std::span(order_), engine); }

    void take(std::size_t begin, std::size_t count) {
        users.resize(count);
        items.resize(count);
        values.resize(count);
        for (std::size_t k = 0; k < count; ++k) {
            const std::size_t at = order_[begin + k];
            users[k] = data_.users()[at];
            items[k] = data_.items()[at];
            values[k] = data_.values()[at];
        }
    }

    std::vector<user_id> users;
    std::vector<item_id> items;
    std::vector<float> values;

private:
    const interactions& data_;
    std::vector<std::uint32_t> order_;
};

/// Throws argument_error where a row that both name is another user's or item's.
inline void check_same_rows(const char* what, const id_map& train, const id_map& valid) {
    if (&train == &valid) return;
    for (std::size_t r = 0; r < (std::min)(train.size(), valid.size()); ++r)
        if (train.id(r) != valid.id(r))
            throw argument_error(std::string("fit: ") + what + " row " + std::to_string(r) + " is '" +
                                 std::string(train.id(r)) + "' in the training data and '" +
                                 std::string(valid.id(r)) +
                                 "' in the validation data; split one source, so that both have its rows");
}

/// The rules with row_l2 shared among each row's interactions.
template <class Id>
[[nodiscard]] table_rules with_row_l2(table_rules rules, double row_l2, std::span<const Id> ids,
                                      std::size_t rows) {
    if (row_l2 == 0 || (!rules.row_l2.empty() && rules.row_l2.size() != rows)) return rules;
    std::vector<std::size_t> counts(rows, 0);
    for (const Id id : ids) ++counts[row_of(id)];
    rules.row_l2.resize(rows, 0.0F);
    for (std::size_t r = 0; r < rows; ++r)
        if (counts[r] > 0) rules.row_l2[r] += static_cast<float>(row_l2 / static_cast<double>(counts[r]));
    return rules;
}

template <class Table>
void check_finite(const Table& table, const char* what, const id_map& ids, const history& done,
                  std::size_t steps_per_epoch) {
    const auto row = table.first_row_not_finite();
    if (!row) return;
    const auto epochs = done.epochs.size();
    std::string message = "fit: after epoch " + std::to_string(epochs) + " the weights of " + what;
    if (*row < ids.size()) message.append(" '").append(ids.id(*row)).append("'");
    throw divergence_error(
        message + " (row " + std::to_string(*row) + ") are not finite; lower the learning rate",
        static_cast<std::int64_t>(epochs), static_cast<std::int64_t>(epochs * steps_per_epoch));
}

/// Makes a trainer, with the training data's mean where a biased model has none; takes the mean back if that
/// fails.
template <class Optimizer, class Model>
void begin_training(std::optional<trainer<Model, Optimizer>>& steps, Model& model, const interactions& train,
                    const Optimizer& optimizer, const trainer_options& options) {
    if constexpr (Model::scorer_type::has_biases) {
        if (!model.has_mean()) {
            model.set_mean(static_cast<typename Model::scalar>(train.mean()));
            try {
                steps.emplace(model, optimizer, options);
            } catch (...) {
                model.reset_mean();
                throw;
            }
            return;
        }
    }
    steps.emplace(model, optimizer, options);
}

template <class Optimizer, class Model>
history fit(Model& model, const interactions& train, const interactions* valid,
            const fit_options<Optimizer>& options, const progress_callback& tell) {
    check_fits("training", model, train);
    if (valid != nullptr) {
        check_fits("validation", model, *valid);
        check_same_rows("user", train.user_ids(), valid->user_ids());
        check_same_rows("item", train.item_ids(), valid->item_ids());
    }
    if (!(options.row_l2 >= 0) || !std::isfinite(options.row_l2))
        throw argument_error("fit: row_l2 must be a finite number >= 0");
    if (options.batch == 0) throw argument_error("fit: batch must be at least 1");
    if (options.patience > 0 && valid == nullptr) throw argument_error("fit: patience needs validation data");
    const std::size_t batch = (std::min)(options.batch, train.size());
    const std::size_t steps_per_epoch = (train.size() + batch - 1) / batch;

    history result;
    epoch_order data(train);
    random_engine engine(options.seed);
    weights_snapshot<Model> best;
    double best_loss = std::numeric_limits<double>::infinity();
    {
        const auto rules_of = [](const table_rules& rules, std::size_t frozen_for, std::size_t epoch) {
            auto now = rules;
            if (epoch <= frozen_for) now.lr_factor = 0;
            return now;
        };
        const auto users = with_row_l2(options.users, options.row_l2, train.users(), model.num_users());
        const auto items = with_row_l2(options.items, options.row_l2, train.items(), model.num_items());
        std::optional<trainer<Model, Optimizer>> training;
        begin_training(training, model, train, options.optimizer,
                       {.l2 = options.l2,
                        .threads = options.threads,
                        .users = rules_of(users, options.users_frozen_for, 1),
                        .items = rules_of(items, options.items_frozen_for, 1)});
        auto& steps = *training;
        const std::size_t part = (std::max)(std::size_t{1}, (std::size_t{1} << 17U) / batch) * batch;
        std::vector<double> losses;
        for (std::size_t epoch = 1; epoch <= options.epochs; ++epoch) {
            const auto began = std::chrono::steady_clock::now();
            if (options.shuffle) data.shuffle(engine);
            if (epoch > 1 && (epoch == options.users_frozen_for + 1 || epoch == options.items_frozen_for + 1))
                steps.set_rules(rules_of(users, options.users_frozen_for, epoch),
                                rules_of(items, options.items_frozen_for, epoch));
            const double factor = options.schedule ? options.schedule(epoch - 1, options.epochs) : 1.0;
            steps.set_lr(options.optimizer.lr * factor);
            double squares = 0;
            for (std::size_t begin = 0; begin < train.size(); begin += part) {
                const std::size_t count = (std::min)(part, train.size() - begin);
                data.take(begin, count);
                losses.resize((count + batch - 1) / batch);
                if (const auto bad =
                        steps.train_checked(data.users, data.items, data.values, batch, losses)) {
                    const user_id user = data.users[bad->place];
                    const item_id item = data.items[bad->place];
                    throw divergence_error(
                        "fit: epoch " + std::to_string(epoch) + ", step " + std::to_string(bad->step) +
                            ": the residual of user '" + std::string(train.id_of(user)) + "' (row " +
                            std::to_string(row_of(user)) + ") and item '" + std::string(train.id_of(item)) +
                            "' (row " + std::to_string(row_of(item)) +
                            ") is not finite; lower the learning rate or scale the ratings",
                        static_cast<std::int64_t>(epoch), bad->step);
                }
                for (std::size_t s = 0; s < losses.size(); ++s)
                    squares += losses[s] * static_cast<double>((std::min)(batch, count - s * batch));
                if (tell)
                    tell({.epoch = epoch,
                          .epochs = options.epochs,
                          .step = (begin + count + batch - 1) / batch,
                          .steps = steps_per_epoch,
                          .train_loss = squares / static_cast<double>(begin + count)});
            }

            epoch_record record{.epoch = epoch,
                                .train_loss = squares / static_cast<double>(train.size()),
                                .lr = options.optimizer.lr * factor};
            if (valid != nullptr) {
                steps.settle();
                record.valid_loss = mean_squared_error(model, *valid);
                if (!std::isfinite(*record.valid_loss))
                    throw divergence_error("fit: epoch " + std::to_string(epoch) +
                                               ": the validation loss is not finite; lower the learning rate",
                                           static_cast<std::int64_t>(epoch),
                                           static_cast<std::int64_t>(epoch * steps_per_epoch));
            }
            if (!record.valid_loss || *record.valid_loss < best_loss) {
                result.best_epoch = epoch;
                if (record.valid_loss) {
                    best_loss = *record.valid_loss;
                    if (options.keep_best) best.take(model);
                }
            }
            record.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
            result.epochs.push_back(record);
            if (tell)
                tell({.epoch = epoch,
                      .epochs = options.epochs,
                      .step = steps_per_epoch,
                      .steps = steps_per_epoch,
                      .train_loss = record.train_loss,
                      .finished = &result.epochs.back()});
            if (options.patience > 0 && epoch - result.best_epoch >= options.patience) {
                result.stopped_early = epoch < options.epochs;
                break;
            }
        }
        steps.settle();
    }
    if (valid != nullptr && options.keep_best && result.best_epoch != 0 &&
        result.best_epoch != result.epochs.back().epoch)
        best.restore(model);
    check_finite(model.users(), "user", train.user_ids(), result, steps_per_epoch);
    check_finite(model.items(), "item", train.item_ids(), result, steps_per_epoch);
    return result;
}

} // namespace detail

/// Trains a model on ratings by mini-batches and mean squared error, and returns what each epoch came to.
/// With validation data the loss on them is taken after each epoch and the best epoch's weights are kept. A
/// `biased` model without a mean gets that of the training data. fit_options<sgd>{..} and the like choose
/// another optimizer. Throws argument_error, before anything is changed, for empty data, data with more rows
/// than the model, validation data that name its rows otherwise, options out of range; divergence_error,
/// which names epoch, step and the first bad row, if training leaves the finite numbers; the model then has
/// the weights of that step, with the bad row as before it.
template <class Model, optimizer Optimizer = adam>
history fit(Model& model, const interactions& train, const interactions& valid,
            const fit_options<Optimizer>& options = {}, const progress_callback& tell = {}) {
    return detail::fit(model, train, &valid, options, tell);
}
template <class Model, optimizer Optimizer = adam>
history fit(Model& model, const interactions& train, const fit_options<Optimizer>& options = {},
            const progress_callback& tell = {}) {
    return detail::fit(model, train, nullptr, options, tell);
}

} // namespace graft
