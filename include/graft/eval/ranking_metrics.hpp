#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <graft/core/error.hpp>
#include <graft/core/ids.hpp>

namespace graft::inline v0_1 {

/// Metrics of ranked lists of a length k, where an item is relevant to a user or not. T: a double, or one for each user.
template <class T>
struct ranking_values {
    T hit_rate{};  ///< whether a relevant item is in the list
    T recall{};    ///< relevant items in the list / all of the user's
    T precision{}; ///< relevant items in the list / k
    T ndcg{};      ///< sum of 1 / log2(rank + 1), over that of the best list (Jarvelin and Kekalainen 2002)
    T map{};       ///< sum of the precision at each relevant item of the list / all of the user's
    T mrr{};       ///< 1 / rank of the first relevant item, 0 outside of the list
};

/// The metrics of lists of length `cutoff`: means over the users, and the values of each.
struct ranking_at : ranking_values<double> {
    std::size_t cutoff = 0;
    double coverage = 0;   ///< share of the items that stand in the list of some user
    double popularity = 0; ///< training interactions of a listed item, the mean over users of a list's mean
    ranking_values<std::vector<double>> per_user{}; ///< [users]
};

/// What evaluate_ranking gives: ranks.at(10).ndcg, and for compare_paired ranks.at(10).per_user.ndcg.
struct ranking {
    std::vector<ranking_at> cutoffs; ///< as they were asked for
    /// The share of pairs of a relevant and another item that are in order; equal scores count one half, and a user
    /// without other items 1.
    double auc = 0;
    std::vector<double> auc_per_user; ///< [users]
    std::vector<user_id> users;       ///< that were judged
    std::size_t left_out = 0;         ///< users without anything to judge by

    /// Throws argument_error for a cut-off that was not asked for.
    [[nodiscard]] const ranking_at& at(std::size_t cutoff) const {
        for (const ranking_at& one : cutoffs)
            if (one.cutoff == cutoff) return one;
        throw argument_error("ranking: there are no metrics at " + std::to_string(cutoff) +
                             "; name it in ranking_options::at");
    }
};

namespace detail {

/// f(a's value, b's value) for each metric.
template <class A, class B, class F>
void for_each_metric(A& a, B& b, const F& f) {
    f(a.hit_rate, b.hit_rate);
    f(a.recall, b.recall);
    f(a.precision, b.precision);
    f(a.ndcg, b.ndcg);
    f(a.map, b.map);
    f(a.mrr, b.mrr);
}

/// discounts[r] = the sum of 1 / log2(rank + 1) for ranks 1 .. r: [length + 1].
[[nodiscard]] inline std::vector<double> summed_discounts(std::size_t length) {
    std::vector<double> sums(length + 1, 0.0);
    for (std::size_t r = 1; r <= length; ++r)
        sums[r] = sums[r - 1] + 1 / std::log2(static_cast<double>(r + 1));
    return sums;
}

/// The metrics of a list of length k for a user with relevant items at these ranks, ascending from 1; there is at least
/// one. discounts: summed_discounts(k or more)
[[nodiscard]] inline ranking_values<double> judge_ranks(std::span<const std::size_t> ranks, std::size_t k,
                                                        std::span<const double> discounts) {
    const auto all = static_cast<double>(ranks.size());
    double hits = 0;
    double gain = 0;
    double precisions = 0;
    for (const std::size_t rank : ranks) {
        if (rank > k) break;
        hits += 1;
        gain += 1 / std::log2(static_cast<double>(rank + 1));
        precisions += hits / static_cast<double>(rank);
    }
    return {.hit_rate = hits > 0 ? 1.0 : 0.0,
            .recall = hits / all,
            .precision = hits / static_cast<double>(k),
            .ndcg = gain / discounts[(std::min)(ranks.size(), k)],
            .map = precisions / all,
            .mrr = hits > 0 ? 1 / static_cast<double>(ranks[0]) : 0.0};
}

} // namespace detail

} // namespace graft::inline v0_1
