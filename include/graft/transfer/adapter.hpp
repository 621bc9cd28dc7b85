#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <Eigen/Core>

#include <graft/core/error.hpp>
#include <graft/core/ids.hpp>
#include <graft/data/detail/group.hpp>
#include <graft/data/interactions.hpp>
#include <graft/optim/adam.hpp>
#include <graft/optim/optimizer.hpp>
#include <graft/serve/fold_in.hpp>
#include <graft/train/fit.hpp>
#include <graft/train/history.hpp>
#include <graft/transfer/grow.hpp>
#include <graft/transfer/linear_map.hpp>
#include <graft/transfer/row_vectors.hpp>

namespace graft {

/// One table's part in fit_adapted.
struct adapter {
    std::optional<row_vectors> vectors{}; ///< of the table's rows; without them the map is 0
    double penalty = 3000;                ///< of the map's squared weights, in ratings
};

template <optimizer Optimizer = adam>
struct adapted_fit_options {
    fit_options<Optimizer> fit{};
    adapter users{.vectors = {}, .penalty = 300};
    adapter items{};
    std::size_t every = 4; ///< epochs between two fits of the maps
    /// Biases are penalised so much as the factors, in (0, 1]: the users' and items' offsets vary more
    /// between rows than single factors do.
    double bias_l2 = 0.1;
};

/// What fit_adapted learned besides the model.
struct adapted {
    history progress;
    std::optional<linear_map> users{}; ///< from the users' vectors to the rows of their table, biases last
    std::optional<linear_map> items{};
};

namespace detail {

/// A table's weights, [rows x (dim + bias)].
template <class Table>
[[nodiscard]] linear_map::matrix_type weight_rows(const Table& table) {
    const auto all = table.weights();
    linear_map::matrix_type rows(static_cast<Eigen::Index>(table.rows()),
                                 static_cast<Eigen::Index>(table.dim() + (table.has_bias() ? 1 : 0)));
    for (std::size_t i = 0; i < all.size(); ++i) rows.data()[i] = static_cast<float>(all[i]);
    return rows;
}

template <class Id>
[[nodiscard]] std::vector<double> occurrences(std::span<const Id> ids, std::size_t rows) {
    std::vector<double> counts(rows, 0.0);
    for (const Id id : ids) ++counts[row_of(id)];
    return counts;
}

/// A table's map and anchor between two rounds.
template <class Table>
class adapted_side {
public:
    adapted_side(const char* what, Table& table, const adapter& how, std::vector<double> counts)
        : table_(table), how_(how), counts_(std::move(counts)) {
        if (how.vectors && how.vectors->rows() != table.rows())
            throw argument_error(std::string("fit_adapted: vectors for ") +
                                 std::to_string(how.vectors->rows()) + " " + what +
                                 " do not go with a table of " + std::to_string(table.rows()) + " rows");
        if (!(how.penalty > 0) || !std::isfinite(how.penalty))
            throw argument_error(std::string("fit_adapted: the penalty of the map of the ") + what +
                                 " must be a finite number above 0");
        counts_.resize(table.rows(), 0.0);
    }

    /// Refits the map to the weights as they are and draws the weights to what it gives. An anchor at
    /// bias_l2 map + (1 - bias_l2) bias pulls on a bias as one at the map with bias_l2 of the weight.
    void refit(double bias_l2, table_rules& rules) {
        const auto weights = weight_rows(table_);
        rules.anchor = linear_map::matrix_type::Zero(weights.rows(), weights.cols());
        if (how_.vectors) {
            map_ = fit_linear_map(*how_.vectors, weights, counts_, how_.penalty);
            rules.anchor = (*map_)(*how_.vectors);
        }
        if (!table_.has_bias()) return;
        const auto bias = static_cast<Eigen::Index>(table_.dim());
        const auto share = static_cast<float>(bias_l2);
        rules.anchor.col(bias) = share * rules.anchor.col(bias) + (1 - share) * weights.col(bias);
    }

    /// Rows without ratings get what the map gives.
    std::optional<linear_map> finish() {
        if (!how_.vectors) return std::nullopt;
        map_ = fit_linear_map(*how_.vectors, weight_rows(table_), counts_, how_.penalty);
        const auto mapped = (*map_)(*how_.vectors);
        for (std::size_t r = 0; r < counts_.size(); ++r)
            if (counts_[r] == 0) set_row_and_bias(table_, r, mapped.row(static_cast<Eigen::Index>(r)));
        return map_;
    }

private:
    Table& table_;
    const adapter& how_;
    std::vector<double> counts_;
    std::optional<linear_map> map_;
};

template <class Model, class Optimizer>
adapted fit_adapted(Model& model, const interactions& train, const interactions* valid,
                    const adapted_fit_options<Optimizer>& options, const progress_callback& tell) {
    check_fits("training", model, train);
    if (options.every == 0) throw argument_error("fit_adapted: every must be at least 1");
    if (!(options.bias_l2 > 0 && options.bias_l2 <= 1))
        throw argument_error("fit_adapted: bias_l2 must lie above 0 and not above 1");
    if (options.fit.patience > 0)
        throw argument_error("fit_adapted: patience is not possible; choose the number of epochs");
    if (options.fit.users.anchor.size() > 0 || options.fit.items.anchor.size() > 0)
        throw argument_error("fit_adapted: the anchors are those of the maps; give none");
    using table = typename Model::table;
    adapted_side<table> users("users", model.users(), options.users,
                              occurrences(train.users(), train.num_users()));
    adapted_side<table> items("items", model.items(), options.items,
                              occurrences(train.items(), train.num_items()));

    adapted result;
    const std::size_t epochs = options.fit.epochs;
    for (std::size_t done = 0; done < epochs; done += options.every) {
        auto round = options.fit;
        round.epochs = (std::min)(options.every, epochs - done);
        round.keep_best = false;
        round.seed = options.fit.seed + done;
        const auto left = [done](std::size_t frozen) { return frozen > done ? frozen - done : 0; };
        round.users_frozen_for = left(options.fit.users_frozen_for);
        round.items_frozen_for = left(options.fit.items_frozen_for);
        if (options.fit.schedule)
            round.schedule = [&, done](std::size_t epoch, std::size_t) {
                return options.fit.schedule(done + epoch, epochs);
            };
        if (done > 0) {
            users.refit(options.bias_l2, round.users);
            items.refit(options.bias_l2, round.items);
        }
        progress_callback tell_round;
        if (tell)
            tell_round = [&, done](const progress& now) {
                progress shifted = now;
                epoch_record record;
                shifted.epoch += done;
                shifted.epochs = epochs;
                if (now.finished != nullptr) {
                    record = *now.finished;
                    record.epoch += done;
                    shifted.finished = &record;
                }
                tell(shifted);
            };
        auto part = fit(model, train, valid, round, tell_round);
        for (auto& record : part.epochs) {
            record.epoch += done;
            result.progress.epochs.push_back(record);
        }
    }
    for (const auto& record : result.progress.epochs) {
        const auto best = result.progress.best_epoch;
        if (best == 0 || !record.valid_loss ||
            *record.valid_loss < *result.progress.epochs[best - 1].valid_loss)
            result.progress.best_epoch = record.epoch;
    }
    result.users = users.finish();
    result.items = items.finish();
    return result;
}

} // namespace detail

/// Trains a model in which a row is a linear map of its pretrained vector plus a residual of its own:
///     minimise  mean of (score - rating)^2 + l2 (|p - A x_user|^2 + |q - B x_item|^2)
/// over the rows p and q (biases included) and the maps A and B, by turns: `every` epochs of the rows drawn
/// to what the maps give (from 0 at first), then the maps by weighted ridge regression in closed form
/// (collaborative topic regression, Wang and Blei 2011, with a trained map). Each pass of turns starts the
/// optimizer's moments anew. Rows without ratings end as their map says, so that items never seen have
/// factors and a bias from their text. Ends with the weights of the last epoch, whatever keep_best says.
/// Throws as fit, and argument_error for options out of range.
template <class Model, optimizer Optimizer = adam>
adapted fit_adapted(Model& model, const interactions& train, const interactions& valid,
                    const adapted_fit_options<Optimizer>& options, const progress_callback& tell = {}) {
    return detail::fit_adapted(model, train, &valid, options, tell);
}
template <class Model, optimizer Optimizer = adam>
adapted fit_adapted(Model& model, const interactions& train, const adapted_fit_options<Optimizer>& options,
                    const progress_callback& tell = {}) {
    return detail::fit_adapted(model, train, nullptr, options, tell);
}

/// Sets a table's rows, biases included, to what a map gives for their vectors: rows that were never seen, or
/// all rows before training (linear probing, then fine-tuning: Kumar et al., 2202.10054). Rows without a
/// vector stay. Throws argument_error, and then changes nothing, if the sizes do not go together.
template <class Table>
void seed_mapped(const linear_map& map, const row_vectors& vectors, Table& table) {
    if (vectors.rows() != table.rows() || map.outputs() != table.dim() + (table.has_bias() ? 1 : 0))
        throw argument_error("seed_mapped: " + std::to_string(vectors.rows()) + " vectors and a map to " +
                             std::to_string(map.outputs()) + " numbers do not go with a table of " +
                             std::to_string(table.rows()) + " rows of " + std::to_string(table.dim()) +
                             (table.has_bias() ? " and a bias" : ""));
    const auto mapped = map(vectors);
    for (std::size_t r = 0; r < vectors.rows(); ++r)
        if (vectors.found(r)) set_row_and_bias(table, r, mapped.row(static_cast<Eigen::Index>(r)));
}

/// A model for items that were never rated: all items are what their map gives, and each user is folded in
/// again, drawn to the row of `model` by l2 and bias_l2 as in fold_in_options. What a user's taste owes to
/// the items' residuals, which new items have not, is so left out, and how the rated items differ from what
/// their texts promise goes to the user's bias. Throws argument_error if the map does not go with the items'
/// vectors or the model.
template <class Model>
[[nodiscard]] Model cold_model(const Model& model, const linear_map& map, const row_vectors& item_vectors,
                               const interactions& train, fold_in_options options = {}) {
    Model cold = model;
    seed_mapped(map, item_vectors, cold.items());
    const auto by_user = detail::group_by(train.users(), train.num_users());
    std::vector<item_id> items;
    std::vector<float> ratings;
    for (std::size_t u = 0; u < by_user.size(); ++u) {
        items.clear();
        ratings.clear();
        for (const std::size_t k : by_user[u]) {
            items.push_back(train.items()[k]);
            ratings.push_back(train.values()[k]);
        }
        options.start = row_and_bias(model.users(), u);
        set_row_and_bias(
            cold.users(), u,
            fold_in_user(cold, std::span<const item_id>(items), std::span<const float>(ratings), options));
    }
    return cold;
}

} // namespace graft
