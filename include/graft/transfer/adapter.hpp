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

#include <graft/core/detail/later.hpp>
#include <graft/core/error.hpp>
#include <graft/core/ids.hpp>
#include <graft/data/detail/group.hpp>
#include <graft/data/interactions.hpp>
#include <graft/model/check_fits.hpp>
#include <graft/model/row_and_bias.hpp>
#include <graft/model/start_mean.hpp>
#include <graft/model/weights_snapshot.hpp>
#include <graft/optim/adam.hpp>
#include <graft/optim/optimizer.hpp>
#include <graft/serve/fold_in.hpp>
#include <graft/train/fit.hpp>
#include <graft/train/history.hpp>
#include <graft/transfer/linear_map.hpp>
#include <graft/transfer/row_vectors.hpp>

namespace graft::inline v0_1 {

/// One table's part in fit_adapted.
struct adapter {
    std::optional<row_vectors> vectors{}; ///< of the table's rows; without them the map is 0
    /// The map's penalty in fit_linear_map, where each row weighs as much as it has ratings. Without one
    /// choose_penalty finds it: for the biases whenever their map is fitted, for the factors once, at the
    /// first fit, because the rows follow the map from then on.
    std::optional<double> penalty{};
};

template <optimizer Optimizer = adam>
struct adapted_fit_options {
    fit_options<Optimizer> fit{};
    adapter users{};
    adapter items{};
    std::size_t refit_every = 4; ///< epochs between two fits of the maps
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

/// The outputs of two maps side by side.
template <class Later = void>
[[nodiscard]] linear_map beside(const linear_map& a, const linear_map& b) {
    later<Eigen::MatrixXd, Later> weights(a.weights().rows(), a.weights().cols() + b.weights().cols());
    weights.leftCols(a.weights().cols()) = a.weights();
    weights.rightCols(b.weights().cols()) = b.weights();
    later<Eigen::RowVectorXd, Later> intercept(weights.cols());
    intercept.head(a.intercept().size()) = a.intercept();
    intercept.tail(b.intercept().size()) = b.intercept();
    return {std::move(weights), std::move(intercept)};
}

/// A table's map and anchor between two rounds.
template <class Table, class Id>
class adapted_side {
    using matrix = later<linear_map::matrix_type, Table>;

public:
    /// penalty: of a row, from its number of ratings.
    adapted_side(const char* what, Table& table, const adapter& how, std::span<const Id> ids, double l2,
                 double row_l2)
        : table_(table), how_(how), ids_(ids), counts_(occurrences(ids, table.rows())), l2_(l2),
          row_l2_(row_l2), factor_penalty_(how.penalty) {
        if (how.vectors && how.vectors->rows() != table.rows())
            throw argument_error(std::string("fit_adapted: vectors for ") +
                                 std::to_string(how.vectors->rows()) + " " + what +
                                 " do not go with a table of " + std::to_string(table.rows()) + " rows");
        if (how.penalty && (!(*how.penalty > 0) || !std::isfinite(*how.penalty)))
            throw argument_error(std::string("fit_adapted: the penalty of the map of the ") + what +
                                 " must be a finite number above 0");
    }

    /// Before the first round only the biases are mapped, and those that are 0 start there.
    template <class Model>
    void begin(const Model& model, const interactions& train, table_rules& rules) {
        if (!how_.vectors || !table_.has_bias()) return;
        const matrix mapped = fit_bias_map(model, train)(*how_.vectors);
        matrix anchor = matrix::Zero(static_cast<Eigen::Index>(table_.rows()),
                                     static_cast<Eigen::Index>(table_.dim() + 1));
        anchor.rightCols(1) = mapped;
        rules.anchor = std::move(anchor);
        for (std::size_t r = 0; r < table_.rows(); ++r)
            if (table_.bias(r) == 0)
                table_.set_bias(r,
                                static_cast<typename Table::scalar>(mapped(static_cast<Eigen::Index>(r), 0)));
    }

    /// Refits the map to the model as it is and draws the rows to what it gives; those without ratings get
    /// it.
    template <class Model>
    std::optional<linear_map> refit(const Model& model, const interactions& train, table_rules& rules) {
        if (!how_.vectors) return std::nullopt;
        const matrix rows = weight_rows(table_);
        const matrix factors = rows.leftCols(static_cast<Eigen::Index>(table_.dim()));
        if (!factor_penalty_) factor_penalty_ = choose_penalty(*how_.vectors, factors, counts_);
        auto map = fit_linear_map(*how_.vectors, factors, counts_, *factor_penalty_);
        if (table_.has_bias()) map = beside(map, fit_bias_map(model, train));
        const matrix& anchor = rules.anchor = map(*how_.vectors);
        for (std::size_t r = 0; r < counts_.size(); ++r)
            if (counts_[r] == 0) set_row_and_bias(table_, r, anchor.row(static_cast<Eigen::Index>(r)));
        return map;
    }

private:
    /// The map of the biases together with the best bias of each row for it: with n ratings, whose mean
    /// residual without the bias is y, a row's best bias b for a map that gives z leaves
    /// min over b of n (b - y)^2 + p (b - z)^2 = n p / (n + p) (y - z)^2, with the penalty p = n l2 + row_l2.
    template <class Model>
    [[nodiscard]] linear_map fit_bias_map(const Model& model, const interactions& train) const {
        const auto rows = static_cast<Eigen::Index>(table_.rows());
        const auto scores = model.score(train.users(), train.items());
        std::vector<double> sums(counts_.size(), 0.0);
        for (std::size_t k = 0; k < train.size(); ++k)
            sums[row_of(ids_[k])] += static_cast<double>(train.values()[k]) -
                                     static_cast<double>(scores[static_cast<Eigen::Index>(k)]);
        matrix misses = matrix::Zero(rows, 1);
        std::vector<double> weights(counts_.size(), 0.0);
        for (std::size_t r = 0; r < counts_.size(); ++r) {
            const double n = counts_[r];
            if (n == 0) continue;
            const double p = n * l2_ + row_l2_;
            misses(static_cast<Eigen::Index>(r), 0) =
                static_cast<float>(sums[r] / n + static_cast<double>(table_.bias(r)));
            weights[r] = p > 0 ? n * p / (n + p) : n;
        }
        return fit_linear_map(*how_.vectors, misses, weights,
                              how_.penalty ? *how_.penalty : choose_penalty(*how_.vectors, misses, weights));
    }

    Table& table_;
    const adapter& how_;
    std::span<const Id> ids_; ///< of the table's rows, in the training data
    std::vector<double> counts_;
    double l2_;
    double row_l2_;
    std::optional<double> factor_penalty_;
};

/// Takes back what was changed in a model since, unless it is told to keep it.
template <class Model>
class adapted_start {
public:
    adapted_start(Model& model, const interactions& train)
        : model_(model), mean_(model, [&] { return train.mean(); }) {
        before_.take(model);
    }
    adapted_start(const adapted_start&) = delete;
    adapted_start& operator=(const adapted_start&) = delete;
    ~adapted_start() {
        if (kept_) return;
        // A device that failed in a step leaves tables that refuse to be written, and to be read from then on.
        try {
            before_.restore(model_);
        } catch (const error&) {}
    }
    void keep() noexcept {
        kept_ = true;
        mean_.keep();
    }

private:
    Model& model_;
    start_mean<Model> mean_; ///< that of the training data, where a biased model has none
    weights_snapshot<Model> before_;
    bool kept_ = false;
};

template <class Model, class Optimizer>
adapted fit_adapted(Model& model, const interactions& train, const interactions* valid,
                    const adapted_fit_options<Optimizer>& options, const progress_callback& tell) {
    check_fits("training", model, train);
    if (options.refit_every == 0) throw argument_error("fit_adapted: refit_every must be at least 1");
    if (options.fit.patience > 0)
        throw argument_error("fit_adapted: patience is not possible; choose the number of epochs");
    if (options.fit.users.anchor.size() > 0 || options.fit.items.anchor.size() > 0)
        throw argument_error("fit_adapted: the anchors are those of the maps; give none");
    if (options.fit.checkpoint || options.fit.moments_of)
        throw argument_error(
            "fit_adapted: its rounds have no checkpoint and no moments of another run; leave "
            "fit.checkpoint and fit.moments_of out, and save the model when it is fitted");
    using table = typename Model::table;
    const auto& o = options.fit;
    adapted_side<table, user_id> users("users", model.users(), options.users, train.users(),
                                       o.users.l2.value_or(o.l2), o.row_l2);
    adapted_side<table, item_id> items("items", model.items(), options.items, train.items(),
                                       o.items.l2.value_or(o.l2), o.row_l2);

    adapted result;
    table_rules user_rules = o.users;
    table_rules item_rules = o.items;
    adapted_start<Model> start(model, train);
    items.begin(model, train, item_rules);
    users.begin(model, train, user_rules);
    const std::size_t epochs = options.fit.epochs;
    for (std::size_t done = 0; done < epochs; done += options.refit_every) {
        auto round = options.fit;
        round.epochs = (std::min)(options.refit_every, epochs - done);
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
            users.refit(model, train, user_rules);
            items.refit(model, train, item_rules);
        }
        round.users = user_rules;
        round.items = item_rules;
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
        auto part = fitting(model, train, valid, round, tell_round).run();
        start.keep();
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
    result.users = users.refit(model, train, user_rules);
    result.items = items.refit(model, train, item_rules);
    return result;
}

} // namespace detail

/// Trains a model in which a row is a linear map of its pretrained vector plus a residual of its own:
///     minimise  mean of (score - rating)^2 + l2 (|p - A x_user|^2 + |q - B x_item|^2)
/// and row_l2 for each row, over the rows p and q (biases included) and the maps A and B, by turns. First the
/// biases' maps are fitted to the ratings in closed form, and biases of 0 start there (linear probing before
/// fine-tuning: Kumar et al., 2202.10054); then come `refit_every` epochs of the rows drawn to what the maps
/// give, the factors to 0 at first, then the maps again by weighted ridge regression (collaborative topic
/// regression, Wang and Blei 2011, with a trained map), and so on. Each round starts the optimizer's moments
/// anew. Rows without ratings are what their map says, so that items never seen have factors and a bias from
/// their text. Ends with the weights of the last epoch, whatever keep_best says. Throws as fit, and
/// argument_error for options out of range; if the first round ends with an error, the model is as before.
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
    const detail::later<linear_map::matrix_type, Table> mapped = map(vectors);
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

} // namespace graft::inline v0_1
