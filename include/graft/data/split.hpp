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
#include <graft/core/random.hpp>
#include <graft/data/interactions.hpp>

namespace graft {

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

} // namespace detail

/// Throws argument_error for a fraction outside (0, 1) or where a part would be empty.
[[nodiscard]] inline split_parts split(const interactions& all, const holdout& policy) {
    detail::check_fraction("holdout", policy.fraction);
    const auto order = detail::random_order(all.size(), policy.seed);
    std::vector<char> held_out(all.size(), 0);
    for (std::size_t i = 0; i < detail::share(all.size(), policy.fraction); ++i) held_out[order[i]] = 1;
    return detail::split_by_mark("holdout", all, held_out);
}

} // namespace graft
