#pragma once

#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <Eigen/Core>

#include <graft/backend/backend.hpp>
#include <graft/backend/default.hpp>
#include <graft/backend/error_sums.hpp>
#include <graft/backend/list_query.hpp>
#include <graft/backend/ranked_lists.hpp>
#include <graft/backend/scorer.hpp>
#include <graft/core/error.hpp>
#include <graft/core/ids.hpp>
#include <graft/core/thread_pool.hpp>
#include <graft/data/detail/id_text.hpp>
#include <graft/data/detail/known_row.hpp>
#include <graft/data/id_map.hpp>
#include <graft/model/embedding_table.hpp>

namespace graft::inline v0_1 {

/// A user table and an item table with a scorer between their rows. Dim is fixed at compile time or
/// Eigen::Dynamic; Backend says where the tables live and steps run; Scorer is `dot` or `biased`. Const
/// members may be called from several threads at once, and nothing else beside them.
template <std::floating_point Scalar, int Dim = Eigen::Dynamic, class Backend = default_backend,
          class Scorer = dot>
class recommender {
    static_assert(backend<Backend>, "recommender: Backend does not model graft::backend");
    static_assert(scorer<Scorer>, "recommender: Scorer must be graft::dot or graft::biased");

public:
    using scalar = Scalar;
    using backend_type = Backend;
    using scorer_type = Scorer;
    using table = embedding_table<Scalar, Dim, Backend>;
    static constexpr int static_dim = Dim;

    /// Factors are drawn as `start` says, the items' from a stream of their own; biases are 0. dim may be
    /// left out where the type has it. Throws argument_error for a dim of 0 or one that contradicts Dim.
    recommender(std::size_t num_users, std::size_t num_items,
                std::size_t dim = static_cast<std::size_t>(Dim == Eigen::Dynamic ? 0 : Dim),
                const init& start = {})
        : users_(num_users, dim, start, Scorer::has_biases),
          items_(num_items, dim, {start.mean, start.stddev, start.seed ^ 0x9e3779b97f4a7c15U},
                 Scorer::has_biases) {}
    recommender(const recommender&) = default;
    recommender& operator=(const recommender& other) { return *this = recommender(other); }
    /// What is moved from has no rows. Throws graft::error, and changes nothing, if a trainer has either model.
    recommender(recommender&&) = default;
    recommender& operator=(recommender&& other) {
        for (const table* t : {&users_, &items_, &other.users_, &other.items_}) t->check_free();
        users_.replace(std::move(other.users_));
        items_.replace(std::move(other.items_));
        mean_ = other.mean_;
        user_ids_ = std::move(other.user_ids_);
        item_ids_ = std::move(other.item_ids_);
        return *this;
    }
    ~recommender() = default;

    [[nodiscard]] std::size_t num_users() const noexcept { return users_.rows(); }
    [[nodiscard]] std::size_t num_items() const noexcept { return items_.rows(); }
    [[nodiscard]] std::size_t dim() const noexcept { return users_.dim(); }

    [[nodiscard]] table& users() noexcept {
        users_.keep_size();
        return users_;
    }
    [[nodiscard]] const table& users() const noexcept { return users_; }
    [[nodiscard]] table& items() noexcept {
        items_.keep_size();
        return items_;
    }
    [[nodiscard]] const table& items() const noexcept { return items_; }

    /// What `biased` adds to every score: 0 until it is set; `fit` sets it to the training ratings' mean.
    [[nodiscard]] Scalar mean() const noexcept { return mean_.value_or(Scalar(0)); }
    [[nodiscard]] bool has_mean() const noexcept { return mean_.has_value(); }
    /// Throws argument_error for a mean that is not finite, graft::error while a trainer works with the one
    /// before.
    void set_mean(Scalar mean) {
        static_assert(Scorer::has_biases, "recommender: only the biased scorer has a mean");
        if (!std::isfinite(mean)) throw argument_error("recommender: the mean must be finite");
        check_mean_is_free();
        mean_ = mean;
    }

    /// Back to having none. Throws as set_mean.
    void reset_mean() {
        check_mean_is_free();
        mean_.reset();
    }

    /// The ids of the rows, which `fit` takes from the data; null: unknown. The maps are shared with the data,
    /// and may name fewer rows than there are. Data whose rows bear other ids are refused where they meet the
    /// model (fit, evaluate, recommend); a model without ids takes all.
    [[nodiscard]] const std::shared_ptr<const id_map>& shared_user_ids() const noexcept { return user_ids_; }
    [[nodiscard]] const std::shared_ptr<const id_map>& shared_item_ids() const noexcept { return item_ids_; }
    /// Throws argument_error for more ids than rows.
    void set_ids(std::shared_ptr<const id_map> user_ids, std::shared_ptr<const id_map> item_ids) {
        check_named("user", user_ids.get(), num_users());
        check_named("item", item_ids.get(), num_items());
        user_ids_ = std::move(user_ids);
        item_ids_ = std::move(item_ids);
    }

    /// The row of an id, given as text or as a whole number. Throws argument_error if it is unknown.
    [[nodiscard]] user_id user(const id_like auto& id) const {
        return user_id{known("user", user_ids_.get(), detail::id_text(id))};
    }
    [[nodiscard]] item_id item(const id_like auto& id) const {
        return item_id{known("item", item_ids_.get(), detail::id_text(id))};
    }
    /// The id of a row, valid as long as the ids are the model's. Throws argument_error for a row that has none.
    [[nodiscard]] std::string_view id_of(user_id user) const { return id_in(user_ids_.get(), row_of(user)); }
    [[nodiscard]] std::string_view id_of(item_id item) const { return id_in(item_ids_.get(), row_of(item)); }

    /// Throws argument_error for an id outside of the tables.
    [[nodiscard]] Scalar score(user_id user, item_id item) const {
        Scalar result;
        score(std::span(&user, 1), std::span(&item, 1), std::span(&result, 1));
        return result;
    }
    /// Scores of pairs, [n], for users: [n] and items: [n]. Throws argument_error for an id outside of the
    /// tables or lengths that differ.
    [[nodiscard]] Eigen::Matrix<Scalar, Eigen::Dynamic, 1> score(std::span<const user_id> users,
                                                                 std::span<const item_id> items) const {
        Eigen::Matrix<Scalar, Eigen::Dynamic, 1> scores(static_cast<Eigen::Index>(users.size()));
        score(users, items, std::span(scores.data(), users.size()));
        return scores;
    }
    /// The same, into memory of the caller's. scores: [n]
    void score(std::span<const user_id> users, std::span<const item_id> items,
               std::span<Scalar> scores) const {
        check_ids(users, items);
        if (scores.size() != users.size())
            throw argument_error("recommender: scores has not the length of the ids");
        Backend::template score<Scorer>(users_.store(), items_.store(), dim(), mean(), users, items, scores);
    }
    /// Scores of one user with every item, [num_items]. Throws argument_error for an id outside of the table.
    void score_all(user_id user, std::span<Scalar> scores) const { score_all(std::span(&user, 1), scores); }
    /// Scores of several, [users x num_items].
    void score_all(std::span<const user_id> users, std::span<Scalar> scores) const {
        check("user", users, num_users());
        if (num_items() > 0 ? scores.size() / num_items() != users.size() || scores.size() % num_items() != 0
                            : !scores.empty())
            throw argument_error("recommender: scores has not one place per item");
        Backend::template score_all<Scorer>(users_.store(), items_.store(), dim(), mean(), users, scores);
    }

    /// What the scores of pairs miss their ratings by, added up where the tables live; see evaluate. users,
    /// items and ratings: [n]. Throws argument_error for an id outside of the tables or lengths that differ.
    [[nodiscard]] error_sums sum_errors(std::span<const user_id> users, std::span<const item_id> items,
                                        std::span<const float> ratings, const clip& bounds) const {
        check_ids(users, items);
        if (ratings.size() != users.size())
            throw argument_error("recommender: ratings has not the length of the ids");
        return Backend::template sum_errors<Scorer>(users_.store(), items_.store(), dim(), mean(), users,
                                                    items, ratings, bounds);
    }
    /// For each user the best items that the query lets pass, found where the tables live; see recommend. Throws
    /// argument_error for an id outside of the tables.
    template <class Wanted>
    [[nodiscard]] recommendations<Scalar> top_k(std::span<const user_id> users,
                                                const list_query<Wanted>& query) const {
        check("user", users, num_users());
        check_query(query);
        return Backend::template top_k<Scorer>(users_.store(), items_.store(), dim(), mean(), users, query);
    }
    /// The same for rows of users that are not in the table, [n x (dim + bias)].
    template <class Wanted>
    [[nodiscard]] recommendations<Scalar> top_k_of_rows(std::span<const Scalar> rows,
                                                        const list_query<Wanted>& query) const {
        if (rows.size() % items_.store().width() != 0)
            throw argument_error("recommender: " + std::to_string(rows.size()) +
                                 " numbers do not fill rows of " + std::to_string(items_.store().width()));
        check_query(query);
        return Backend::template top_k_of_rows<Scorer>(rows, items_.store(), dim(), mean(), query);
    }

    /// Throws argument_error that names the first id outside of the tables, or if the lengths differ.
    void check_ids(std::span<const user_id> users, std::span<const item_id> items) const {
        if (users.size() != items.size())
            throw argument_error("recommender: " + std::to_string(users.size()) + " users do not pair with " +
                                 std::to_string(items.size()) + " items");
        check("user", users, num_users());
        check("item", items, num_items());
    }

private:
    void check_mean_is_free() const {
        if (users_.is_lent() || items_.is_lent())
            throw error("recommender: a trainer works on this model with the mean that it has; end it before "
                        "the mean is set");
    }
    [[nodiscard]] static std::uint32_t known(const char* what, const id_map* ids, std::string_view id) {
        return detail::known_row("recommender", what, id, ids == nullptr ? std::nullopt : ids->find(id),
                                 ids == nullptr ? 0 : ids->size());
    }
    [[nodiscard]] static std::string_view id_in(const id_map* ids, std::size_t row) {
        if (ids != nullptr) return ids->id(row);
        throw argument_error("recommender: the model has no ids; fit gives it those of its data");
    }
    static void check_named(const char* what, const id_map* ids, std::size_t rows) {
        if (ids != nullptr && ids->size() > rows)
            throw argument_error("recommender: " + std::to_string(ids->size()) + " ids do not name the " +
                                 std::to_string(rows) + " " + what + " rows of the model");
    }
    template <class Wanted>
    void check_query(const list_query<Wanted>& query) const {
        thread_pool::check(query.threads);
        if (query.among) check("item", *query.among, num_items());
    }
    template <class Id>
    static void check(const char* what, std::span<Id> ids, std::size_t rows) {
        for (std::size_t k = 0; k < ids.size(); ++k)
            if (row_of(ids[k]) >= rows)
                throw argument_error("recommender: " + std::string(what) + " " +
                                     std::to_string(row_of(ids[k])) + " (at position " + std::to_string(k) +
                                     ") is not among the model's " + std::to_string(rows) + " rows");
    }

    table users_;
    table items_;
    std::optional<Scalar> mean_;
    std::shared_ptr<const id_map> user_ids_; // null: unknown
    std::shared_ptr<const id_map> item_ids_;
};

/// With the scorer `biased`: mean + biases + p . q, for ratings.
template <std::floating_point Scalar, int Dim = Eigen::Dynamic, class Backend = default_backend>
using biased_recommender = recommender<Scalar, Dim, Backend, biased>;

} // namespace graft::inline v0_1
