#pragma once

#include <cstddef>
#include <string>

#include <graft/data/interactions.hpp>
#include <graft/eval/ranking.hpp>
#include <graft/train/monitor.hpp>

namespace graft::inline v0_1 {

/// Lets `fit` watch NDCG at k of the model that it trains, as evaluate_ranking gives it; fit_options::monitor =
/// watch_ndcg(model, train, valid). The model and the data must outlive the call of `fit`.
template <item_ranker Model>
[[nodiscard]] monitor watch_ndcg(const Model& model, const interactions& train, const interactions& valid,
                                 std::size_t k = 10, std::size_t threads = 1) {
    return {.name = "NDCG@" + std::to_string(k), .value = [&model, &train, &valid, k, threads] {
                return evaluate_ranking(model, train, valid, {.at = {k}, .threads = threads}).at(k).ndcg;
            }};
}

} // namespace graft::inline v0_1
