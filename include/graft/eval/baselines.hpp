#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <Eigen/Core>

#include <graft/core/counter_random.hpp>
#include <graft/core/error.hpp>
#include <graft/core/ids.hpp>
#include <graft/data/id_map.hpp>
#include <graft/data/interactions.hpp>

namespace graft::inline v0_1 {

/// Predicts the training ratings' mean for everything.
class global_mean {
public:
    explicit global_mean(const interactions& train) : mean_(train.mean()) {}

    [[nodiscard]] Eigen::VectorXd score(std::span<const user_id> users,
                                        std::span<const item_id> items) const {
        if (users.size() != items.size())
            throw argument_error("global_mean: " + std::to_string(users.size()) + " users do not pair with " +
                                 std::to_string(items.size()) + " items");
        Eigen::VectorXd scores(static_cast<Eigen::Index>(users.size()));
        std::fill_n(scores.data(), users.size(), mean_);
        return scores;
    }

private:
    double mean_;
};

/// Predicts mean + b_user + b_item, with biases that minimise the squared error plus
/// user_penalty |b_user|^2 + item_penalty |b_item|^2 by turns (Koren, "Factor in the neighbors", 2010,
/// section 2.1).
class mean_and_biases {
public:
    struct options {
        double user_penalty = 15;
        double item_penalty = 10;
        std::size_t rounds = 10;
    };

    explicit mean_and_biases(const interactions& train) : mean_and_biases(train, options{}) {}
    mean_and_biases(const interactions& train, const options& o)
        : mean_(train.mean()), users_(train.num_users(), 0.0), items_(train.num_items(), 0.0),
          user_ids_(train.shared_user_ids()), item_ids_(train.shared_item_ids()) {
        if (!(o.user_penalty >= 0) || !(o.item_penalty >= 0))
            throw argument_error("mean_and_biases: the penalties must be numbers >= 0");
        for (std::size_t round = 0; round < o.rounds; ++round) {
            refit(items_, o.item_penalty, train, train.items(),
                  [&](std::size_t k) { return users_[row_of(train.users()[k])]; });
            refit(users_, o.user_penalty, train, train.users(),
                  [&](std::size_t k) { return items_[row_of(train.items()[k])]; });
        }
    }

    /// Throws argument_error for an id that the training data had no row for, or lengths that differ.
    [[nodiscard]] Eigen::VectorXd score(std::span<const user_id> users,
                                        std::span<const item_id> items) const {
        if (users.size() != items.size())
            throw argument_error("mean_and_biases: " + std::to_string(users.size()) +
                                 " users do not pair with " + std::to_string(items.size()) + " items");
        Eigen::VectorXd scores(static_cast<Eigen::Index>(users.size()));
        for (std::size_t k = 0; k < users.size(); ++k) {
            if (row_of(users[k]) >= users_.size() || row_of(items[k]) >= items_.size())
                throw argument_error("mean_and_biases: the pair at position " + std::to_string(k) +
                                     " is outside of the training data's rows");
            scores[static_cast<Eigen::Index>(k)] =
                mean_ + users_[row_of(users[k])] + items_[row_of(items[k])];
        }
        return scores;
    }

    /// The ids of the rows, shared with the training data: evaluate refuses data with others.
    [[nodiscard]] const std::shared_ptr<const id_map>& shared_user_ids() const noexcept { return user_ids_; }
    [[nodiscard]] const std::shared_ptr<const id_map>& shared_item_ids() const noexcept { return item_ids_; }

private:
    /// One side's biases, given the other's.
    template <class Id, class Other>
    void refit(std::vector<double>& biases, double penalty, const interactions& train,
               std::span<const Id> ids, const Other& other) const {
        std::vector<double> sums(biases.size(), 0.0);
        std::vector<double> counts(biases.size(), 0.0);
        for (std::size_t k = 0; k < ids.size(); ++k) {
            sums[row_of(ids[k])] += static_cast<double>(train.values()[k]) - mean_ - other(k);
            counts[row_of(ids[k])] += 1;
        }
        for (std::size_t r = 0; r < biases.size(); ++r)
            biases[r] = counts[r] > 0 ? sums[r] / (penalty + counts[r]) : 0.0;
    }

    double mean_;
    std::vector<double> users_;
    std::vector<double> items_;
    std::shared_ptr<const id_map> user_ids_;
    std::shared_ptr<const id_map> item_ids_;
};

/// Scores every item by its number of training interactions, the same for all users.
class most_popular {
public:
    using scalar = double;

    explicit most_popular(const interactions& train)
        : counts_(train.num_items(), 0.0), item_ids_(train.shared_item_ids()) {
        for (const item_id item : train.items()) counts_[row_of(item)] += 1;
    }

    [[nodiscard]] std::size_t num_items() const noexcept { return counts_.size(); }

    /// Throws argument_error for an item that the training data had no row for, or lengths that differ.
    [[nodiscard]] Eigen::VectorXd score(std::span<const user_id> users,
                                        std::span<const item_id> items) const {
        if (users.size() != items.size())
            throw argument_error("most_popular: " + std::to_string(users.size()) +
                                 " users do not pair with " + std::to_string(items.size()) + " items");
        Eigen::VectorXd scores(static_cast<Eigen::Index>(items.size()));
        for (std::size_t k = 0; k < items.size(); ++k) {
            if (row_of(items[k]) >= counts_.size())
                throw argument_error("most_popular: the item at position " + std::to_string(k) +
                                     " is outside of the training data's rows");
            scores[static_cast<Eigen::Index>(k)] = counts_[row_of(items[k])];
        }
        return scores;
    }
    /// Scores of users with all items, [users x num_items].
    void score_all(std::span<const user_id> users, std::span<double> scores) const {
        if (scores.size() != users.size() * counts_.size())
            throw argument_error("most_popular: scores has not one place per item");
        for (std::size_t u = 0; u < users.size(); ++u)
            std::copy(counts_.begin(), counts_.end(),
                      scores.begin() + static_cast<std::ptrdiff_t>(u * counts_.size()));
    }

    /// Who a user is does not matter; the ids of the items are shared with the training data.
    [[nodiscard]] std::shared_ptr<const id_map> shared_user_ids() const noexcept { return nullptr; }
    [[nodiscard]] const std::shared_ptr<const id_map>& shared_item_ids() const noexcept { return item_ids_; }

private:
    std::vector<double> counts_;
    std::shared_ptr<const id_map> item_ids_;
};

/// Scores every pair by a number in [0, 1) that the seed and the pair decide.
class random_scores {
public:
    using scalar = double;

    explicit random_scores(std::uint64_t seed = 0) : seed_(seed) {}

    /// Throws argument_error for lengths that differ.
    [[nodiscard]] Eigen::VectorXd score(std::span<const user_id> users,
                                        std::span<const item_id> items) const {
        if (users.size() != items.size())
            throw argument_error("random_scores: " + std::to_string(users.size()) +
                                 " users do not pair with " + std::to_string(items.size()) + " items");
        Eigen::VectorXd scores(static_cast<Eigen::Index>(users.size()));
        for (std::size_t k = 0; k < users.size(); ++k)
            scores[static_cast<Eigen::Index>(k)] = of(row_of(users[k]), row_of(items[k]));
        return scores;
    }
    /// Scores of users with all items, [users x items], of which there are as many as scores says.
    void score_all(std::span<const user_id> users, std::span<double> scores) const {
        const std::size_t items = users.empty() ? 0 : scores.size() / users.size();
        for (std::size_t u = 0; u < users.size(); ++u)
            for (std::size_t i = 0; i < items; ++i) scores[u * items + i] = of(row_of(users[u]), i);
    }

private:
    [[nodiscard]] double of(std::uint64_t user, std::uint64_t item) const noexcept {
        return counter_random(seed_, user, item).uniform();
    }

    std::uint64_t seed_;
};

} // namespace graft::inline v0_1
