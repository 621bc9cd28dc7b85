#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <string>
#include <vector>

#include <graft/core/error.hpp>
#include <graft/core/ids.hpp>
#include <graft/core/random.hpp>
#include <graft/data/detail/group.hpp>
#include <graft/data/interactions.hpp>

namespace graft::inline v0_1 {

/// Two parts of the same interactions: disjoint, together the whole, each in the order of the source.
struct split_parts {
    interactions train;
    interactions valid;
};

/// A share of all entries, chosen at random, is held out for validation.
struct holdout {
    double fraction = 0.1; ///< in (0, 1); the number of entries is rounded to the nearest
    std::uint64_t seed = 0;
};

/// The latest entries are held out; of entries of the same time, those later in the source.
struct by_time {
    double fraction = 0.1; ///< in (0, 1); the number of entries is rounded to the nearest
};

/// One entry of each user is held out: the latest (of the same time, the later in the source) or, where there
/// are no times, a random one. Users with a single entry stay in the training part whole.
struct leave_one_out {
    std::uint64_t seed = 0; ///< not used where there are times
};

/// All entries of some items are held out, so that nothing is known of them in training.
struct cold_items {
    double fraction = 0.1; ///< in (0, 1), of the items that have entries, rounded to the nearest
    std::uint64_t seed = 0;
};

/// All entries of some users are held out.
struct cold_users {
    double fraction = 0.1; ///< in (0, 1), of the users that have entries, rounded to the nearest
    std::uint64_t seed = 0;
};

namespace detail {

inline void check_fraction(const char* policy, double fraction) {
    if (!(fraction > 0 && fraction < 1))
        throw argument_error(std::string(policy) + ": the fraction is " + std::to_string(fraction) +
                             "; it must lie between 0 and 1");
}

/// 0, 1, ..., size - 1 in random order.
[[nodiscard]] inline std::vector<std::size_t> random_order(std::size_t size, std::uint64_t seed) {
    std::vector<std::size_t> order(size);
    std::iota(order.begin(), order.end(), std::size_t{0});
    random_engine engine(seed);
    shuffle(std::span(order), engine);
    return order;
}

[[nodiscard]] inline std::size_t share(std::size_t size, double fraction) {
    return static_cast<std::size_t>(std::llround(static_cast<double>(size) * fraction));
}

/// Sends entries with held_out[position] != 0 to valid and the others to train. Throws argument_error if a
/// part would be empty, since nothing can be trained or measured then.
[[nodiscard]] inline split_parts split_by_mark(const char* policy, const interactions& all,
                                               std::span<const char> held_out) {
    std::vector<std::size_t> train;
    std::vector<std::size_t> valid;
    for (std::size_t position = 0; position < all.size(); ++position)
        (held_out[position] != 0 ? valid : train).push_back(position);
    if (train.empty() || valid.empty())
        throw argument_error(std::string(policy) + ": of " + std::to_string(all.size()) + " entries, " +
                             std::to_string(train.size()) + " are left to train on and " +
                             std::to_string(valid.size()) + " to validate on; both parts need some");
    return {all.select(train), all.select(valid)};
}

/// The rows that occur among the ids, ascending.
template <class Id>
[[nodiscard]] std::vector<std::size_t> rows_present(std::span<const Id> ids, std::size_t rows) {
    std::vector<char> met(rows, 0);
    for (const Id id : ids) met[row_of(id)] = 1;
    std::vector<std::size_t> present;
    for (std::size_t row = 0; row < rows; ++row)
        if (met[row] != 0) present.push_back(row);
    return present;
}

/// Holds out all entries of a share of the ids that occur.
template <class Id>
[[nodiscard]] split_parts split_cold(const char* policy, const interactions& all, std::span<const Id> ids,
                                     std::size_t rows, double fraction, std::uint64_t seed) {
    check_fraction(policy, fraction);
    std::vector<char> cold(rows, 0);
    const auto present = rows_present(ids, rows);
    const auto order = random_order(present.size(), seed);
    for (std::size_t i = 0; i < share(present.size(), fraction); ++i) cold[present[order[i]]] = 1;
    std::vector<char> held_out(all.size());
    for (std::size_t position = 0; position < all.size(); ++position)
        held_out[position] = cold[row_of(ids[position])];
    return split_by_mark(policy, all, held_out);
}

} // namespace detail

/// Throws argument_error for a fraction outside (0, 1) or where a part would be empty.
template <class Later = void> // can lie in graft::compiled
[[nodiscard]] split_parts split(const interactions& all, const holdout& policy) {
    detail::check_fraction("holdout", policy.fraction);
    const auto order = detail::random_order(all.size(), policy.seed);
    std::vector<char> held_out(all.size(), 0);
    for (std::size_t i = 0; i < detail::share(all.size(), policy.fraction); ++i) held_out[order[i]] = 1;
    return detail::split_by_mark("holdout", all, held_out);
}

/// Throws argument_error for a fraction outside (0, 1), where there are no times, or where a part would be
/// empty.
template <class Later = void> // can lie in graft::compiled
[[nodiscard]] split_parts split(const interactions& all, const by_time& policy) {
    detail::check_fraction("by_time", policy.fraction);
    if (all.times().empty()) throw argument_error("by_time: the entries have no times");
    std::vector<std::size_t> order(all.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return all.times()[a] < all.times()[b]; });
    std::vector<char> held_out(all.size(), 0);
    for (std::size_t i = 0; i < detail::share(all.size(), policy.fraction); ++i)
        held_out[order[order.size() - 1 - i]] = 1;
    return detail::split_by_mark("by_time", all, held_out);
}

/// Throws argument_error where no user has two entries.
template <class Later = void> // can lie in graft::compiled
[[nodiscard]] split_parts split(const interactions& all, const leave_one_out& policy) {
    const auto by_user = detail::group_by(all.users(), all.num_users());
    random_engine engine(policy.seed);
    std::vector<char> held_out(all.size(), 0);
    for (std::size_t user = 0; user < by_user.size(); ++user) {
        const auto positions = by_user[user];
        if (positions.size() < 2) continue;
        std::size_t chosen = positions[0];
        if (all.times().empty())
            chosen = positions[static_cast<std::size_t>(draw_below(engine, positions.size()))];
        else
            for (const std::size_t position : positions)
                if (all.times()[position] >= all.times()[chosen]) chosen = position;
        held_out[chosen] = 1;
    }
    return detail::split_by_mark("leave_one_out", all, held_out);
}

/// Throws argument_error for a fraction outside (0, 1) or where a part would be empty.
[[nodiscard]] inline split_parts split(const interactions& all, const cold_items& policy) {
    return detail::split_cold("cold_items", all, all.items(), all.num_items(), policy.fraction, policy.seed);
}

/// Throws argument_error for a fraction outside (0, 1) or where a part would be empty.
[[nodiscard]] inline split_parts split(const interactions& all, const cold_users& policy) {
    return detail::split_cold("cold_users", all, all.users(), all.num_users(), policy.fraction, policy.seed);
}

} // namespace graft::inline v0_1
