#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include <graft/backend/recommendation.hpp>
#include <graft/core/error.hpp>
#include <graft/core/ids.hpp>
#include <graft/data/interactions.hpp>
#include <graft/eval/detail/standing.hpp>
#include <graft/eval/ranking_metrics.hpp>

namespace graft::inline v0_1::detail {

/// Gathers the values of users, each written by one thread, and adds them up in the order of the users.
class ranking_builder {
public:
    /// What a thread has met: how far ahead in some list each item stands.
    using item_places = std::vector<std::uint32_t>; // [items]

    /// counts: the training interactions of each item.
    ranking_builder(std::span<const std::size_t> cutoffs, std::size_t users, std::vector<std::size_t> counts)
        : values_(users), counts_(std::move(counts)) {
        if (cutoffs.empty()) throw argument_error("evaluate_ranking: no cut-off was asked for");
        for (const std::size_t cutoff : cutoffs) {
            if (cutoff == 0) throw argument_error("evaluate_ranking: a list of length 0 has no metrics");
            result_.cutoffs.emplace_back().cutoff = cutoff;
            longest_ = (std::max)(longest_, cutoff);
        }
        longest_ = (std::min)(longest_, counts_.size());
        discounts_ = summed_discounts(longest_);
    }

    /// The length of the lists that are needed.
    [[nodiscard]] std::size_t longest() const noexcept { return longest_; }
    [[nodiscard]] item_places no_places() const {
        return item_places(counts_.size(), (std::numeric_limits<std::uint32_t>::max)());
    }

    /// The values of one user, who is judged by this. list: the user's best items, at most `longest`.
    template <class Scalar>
    void judge(std::size_t user, const standing& where, std::span<const recommendation<Scalar>> list,
               item_places& places) {
        values& mine = values_[user];
        mine.judged = true;
        mine.auc = where.auc;
        mine.at.resize(result_.cutoffs.size());
        for (std::size_t c = 0; c < mine.at.size(); ++c) {
            const std::size_t cutoff = result_.cutoffs[c].cutoff;
            mine.at[c].first = judge_ranks(where.ranks, cutoff, discounts_);
            const auto head = list.first((std::min)(cutoff, list.size()));
            double met = 0; // whole numbers, so that their order does not matter
            for (const auto& entry : head) met += static_cast<double>(counts_[row_of(entry.item)]);
            mine.at[c].second = head.empty() ? 0 : met / static_cast<double>(head.size());
        }
        for (std::size_t place = 0; place < list.size(); ++place) {
            std::uint32_t& best = places[row_of(list[place].item)];
            best = (std::min)(best, static_cast<std::uint32_t>(place));
        }
    }

    /// Coverage, from the places of all threads.
    void cover(std::span<const item_places> places) {
        for (ranking_at& at : result_.cutoffs) {
            std::size_t listed = 0;
            for (std::size_t i = 0; i < counts_.size(); ++i)
                if (std::any_of(places.begin(), places.end(),
                                [&](const item_places& of) { return of[i] < at.cutoff; }))
                    ++listed;
            at.coverage =
                counts_.empty() ? 0 : static_cast<double>(listed) / static_cast<double>(counts_.size());
        }
    }

    /// id(i): user i. all: how many users there are. Throws argument_error where none was judged.
    template <class Id>
    [[nodiscard]] ranking finish(const Id& id, std::size_t all) {
        for (std::size_t user = 0; user < values_.size(); ++user) {
            const values& mine = values_[user];
            if (!mine.judged) continue;
            result_.users.push_back(id(user));
            result_.auc_per_user.push_back(mine.auc);
            for (std::size_t c = 0; c < result_.cutoffs.size(); ++c) {
                for_each_metric(result_.cutoffs[c].per_user, mine.at[c].first,
                                [](std::vector<double>& every, double one) { every.push_back(one); });
                result_.cutoffs[c].popularity += mine.at[c].second;
            }
        }
        if (result_.users.empty())
            throw argument_error(
                "evaluate_ranking: no user has an item to judge by that is not a training item");
        result_.left_out = all - result_.users.size();
        result_.auc = mean(result_.auc_per_user);
        for (ranking_at& at : result_.cutoffs) {
            for_each_metric(static_cast<ranking_values<double>&>(at), at.per_user,
                            [](double& one, const std::vector<double>& every) { one = mean(every); });
            at.popularity /= static_cast<double>(result_.users.size());
        }
        return std::move(result_);
    }

private:
    struct values {
        bool judged = false;
        double auc = 0;
        std::vector<std::pair<ranking_values<double>, double>> at; // and the popularity, [cutoffs]
    };

    [[nodiscard]] static double mean(const std::vector<double>& every) {
        double sum = 0;
        for (const double one : every) sum += one;
        return sum / static_cast<double>(every.size());
    }

    ranking result_;
    std::vector<values> values_;      // [users]
    std::vector<std::size_t> counts_; // [items]
    std::vector<double> discounts_;
    std::size_t longest_ = 0;
};

/// How many interactions each item has.
[[nodiscard]] inline std::vector<std::size_t> item_counts(const interactions& data, std::size_t items) {
    std::vector<std::size_t> counts(items, 0);
    for (const item_id item : data.items()) ++counts[row_of(item)];
    return counts;
}

} // namespace graft::inline v0_1::detail
