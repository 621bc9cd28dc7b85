#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <numeric>
#include <random>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <graft/core/error.hpp>
#include <graft/data/interactions.hpp>
#include <graft/data/split.hpp>

namespace graft::inline v0_1 {

/// Cross-validation: every entry is in the validation part of exactly one fold.
struct k_fold {
    std::size_t folds = 5;
    std::uint64_t seed = 0;
};

/// The folds that Surprise 1.1 makes with KFold(folds, random_state=seed), for comparing with its numbers:
/// entries in file order, shuffled by NumPy's legacy RandomState, cut into folds.
struct surprise_folds {
    std::size_t folds = 5;
    std::uint32_t seed = 0;
};

/// Items in folds that differ by at most one item: all entries of an item are in the validation part of
/// exactly one fold, so that nothing is known of it in training.
struct cold_item_folds {
    std::size_t folds = 10;
    std::uint64_t seed = 0;
};

/// The same with users.
struct cold_user_folds {
    std::size_t folds = 10;
    std::uint64_t seed = 0;
};

/// The folds of some interactions; each is made when it is asked for.
class fold_list {
public:
    /// order: a permutation of the positions, cut into folds that differ by at most one entry in size, the
    /// larger ones first. Throws argument_error for fewer than two folds or more folds than entries, or
    /// another order than a permutation.
    fold_list(interactions all, std::size_t folds, std::span<const std::size_t> order)
        : all_(std::move(all)), folds_(folds), fold_of_(all_.size()) {
        check_size();
        std::vector<char> met(all_.size(), 0);
        for (const std::size_t position : order)
            if (position >= met.size() || std::exchange(met[position], char{1}) != 0)
                throw argument_error("k_fold: the order names position " + std::to_string(position) +
                                     " twice or beyond the last entry; it must be a permutation");
        if (order.size() != all_.size())
            throw argument_error("k_fold: an order of " + std::to_string(order.size()) +
                                 " positions was given for " + std::to_string(all_.size()) +
                                 " entries; it must be a permutation");
        std::size_t at = 0;
        for (std::size_t fold = 0; fold < folds; ++fold) {
            const std::size_t size = all_.size() / folds + (fold < all_.size() % folds ? 1 : 0);
            for (std::size_t i = 0; i < size; ++i) fold_of_[order[at++]] = fold;
        }
    }

    /// fold_of: [entries], each below folds. Throws argument_error for another length, a fold beyond the last
    /// or one without entries.
    fold_list(interactions all, std::vector<std::size_t> fold_of, std::size_t folds)
        : all_(std::move(all)), folds_(folds), fold_of_(std::move(fold_of)) {
        if (fold_of_.size() != all_.size())
            throw argument_error("k_fold: folds of " + std::to_string(fold_of_.size()) +
                                 " entries were given for " + std::to_string(all_.size()));
        check_size();
        std::vector<char> met(folds, 0);
        for (const std::size_t fold : fold_of_) {
            if (fold >= folds)
                throw argument_error("k_fold: an entry is in fold " + std::to_string(fold) + " of " +
                                     std::to_string(folds));
            met[fold] = 1;
        }
        for (std::size_t fold = 0; fold < folds; ++fold)
            if (met[fold] == 0)
                throw argument_error("k_fold: fold " + std::to_string(fold) + " has no entries");
    }

    [[nodiscard]] std::size_t size() const noexcept { return folds_; }

    /// The fold as validation part and the others to train on. Throws argument_error for fold >= size().
    [[nodiscard]] split_parts operator[](std::size_t fold) const {
        if (fold >= folds_)
            throw argument_error("k_fold: fold " + std::to_string(fold) + " was asked for; there are " +
                                 std::to_string(folds_));
        std::vector<char> held_out(all_.size());
        for (std::size_t position = 0; position < all_.size(); ++position)
            held_out[position] = fold_of_[position] == fold ? 1 : 0;
        return detail::split_by_mark("k_fold", all_, held_out);
    }

private:
    void check_size() const {
        if (folds_ < 2 || folds_ > all_.size())
            throw argument_error(
                "k_fold: " + std::to_string(folds_) + " folds of " + std::to_string(all_.size()) +
                " entries were asked for; at least 2 are possible and at most one per entry");
    }

    interactions all_;
    std::size_t folds_;
    std::vector<std::size_t> fold_of_; ///< [entries]
};

namespace detail {

/// What numpy.random.RandomState(seed).shuffle makes of 0, 1, ..., size - 1: Fisher and Yates from the end,
/// with draws by rejection under the smallest mask of ones. Precondition: size <= 2^32.
[[nodiscard]] inline std::vector<std::size_t> numpy_order(std::size_t size, std::uint32_t seed) {
    std::vector<std::size_t> order(size);
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::mt19937 engine(seed);
    std::uint64_t mask = 0;
    for (std::size_t bound = 1; bound < size; bound *= 2) mask = mask * 2 + 1;
    for (std::size_t last = size; last-- > 1;) {
        while (mask / 2 >= last) mask /= 2;
        std::uint64_t draw = 0;
        do { draw = static_cast<std::uint64_t>(engine()) & mask; } while (draw > last);
        std::swap(order[last], order[static_cast<std::size_t>(draw)]);
    }
    return order;
}

/// The rows that occur, dealt to folds.
template <class Id>
[[nodiscard]] fold_list cold_folds(const char* policy, const char* what, const interactions& all,
                                   std::span<const Id> ids, std::size_t rows, std::size_t folds,
                                   std::uint64_t seed) {
    const auto present = rows_present(ids, rows);
    if (folds < 2 || folds > present.size())
        throw argument_error(std::string(policy) + ": " + std::to_string(folds) + " folds of " +
                             std::to_string(present.size()) + " " + what +
                             " were asked for; at least 2 are possible and at most one for each");
    const auto order = random_order(present.size(), seed);
    std::vector<std::size_t> fold_of_row(rows, 0);
    for (std::size_t i = 0; i < order.size(); ++i) fold_of_row[present[order[i]]] = i % folds;
    std::vector<std::size_t> fold_of;
    fold_of.reserve(ids.size());
    for (const Id id : ids) fold_of.push_back(fold_of_row[row_of(id)]);
    return {all, std::move(fold_of), folds};
}

} // namespace detail

/// Throws as fold_list does.
[[nodiscard]] inline fold_list split(const interactions& all, const k_fold& policy) {
    return {all, policy.folds, detail::random_order(all.size(), policy.seed)};
}

/// Throws as fold_list does, and argument_error above 2^32 entries.
[[nodiscard]] inline fold_list split(const interactions& all, const surprise_folds& policy) {
    if (all.size() > std::uint64_t{1} << 32U)
        throw argument_error("surprise_folds: " + std::to_string(all.size()) +
                             " entries are too many; use k_fold");
    return {all, policy.folds, detail::numpy_order(all.size(), policy.seed)};
}

/// Throws argument_error for fewer than two folds or more folds than items with entries.
[[nodiscard]] inline fold_list split(const interactions& all, const cold_item_folds& policy) {
    return detail::cold_folds("cold_item_folds", "items", all, all.items(), all.num_items(), policy.folds,
                              policy.seed);
}

/// Throws argument_error for fewer than two folds or more folds than users with entries.
[[nodiscard]] inline fold_list split(const interactions& all, const cold_user_folds& policy) {
    return detail::cold_folds("cold_user_folds", "users", all, all.users(), all.num_users(), policy.folds,
                              policy.seed);
}

} // namespace graft::inline v0_1
