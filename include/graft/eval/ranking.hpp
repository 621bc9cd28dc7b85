#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <graft/backend/collective.hpp>
#include <graft/backend/detail/best_list.hpp>
#include <graft/backend/recommendation.hpp>
#include <graft/core/error.hpp>
#include <graft/core/ids.hpp>
#include <graft/core/thread_pool.hpp>
#include <graft/data/detail/group.hpp>
#include <graft/data/interactions.hpp>
#include <graft/data/same_rows.hpp>
#include <graft/eval/detail/ranking_builder.hpp>
#include <graft/eval/detail/standing.hpp>
#include <graft/eval/ranking_metrics.hpp>

namespace graft::inline v0_1 {

struct ranking_options {
    std::vector<std::size_t> at = {10}; ///< cut-offs: lengths of the lists that are judged
    std::size_t threads = 1;            ///< 0 means all of the machine's; results do not depend on it
};

/// What evaluate_ranking judges: `scalar`, and scores of several users with all items, [users x items]. It may say how
/// many users and items it knows, num_users() and num_items().
template <class Model>
concept item_ranker = requires(const Model& model, std::span<const user_id> users,
                               std::span<typename Model::scalar> scores) {
    model.score_all(users, scores);
};

namespace detail {

/// The items that a model scores at once; those of the data come first. Throws argument_error for data with rows that
/// the model does not know.
template <class Model>
[[nodiscard]] std::size_t scored_items(const Model& model, std::size_t users, std::size_t items) {
    std::size_t scored = items;
    if constexpr (requires { model.num_items(); }) scored = model.num_items();
    std::size_t known = users;
    if constexpr (requires { model.num_users(); }) known = model.num_users();
    if (known < users || scored < items)
        throw argument_error("evaluate_ranking: the data have " + std::to_string(users) + " users and " +
                             std::to_string(items) + " items; the model knows " + std::to_string(known) +
                             " and " + std::to_string(scored));
    return scored;
}

/// One thread's part in judging users by their unseen items.
template <class Scalar>
class unseen_judge {
public:
    unseen_judge(const interactions& train, const groups& train_of, const interactions& test,
                 const groups& test_of, ranking_builder& results, std::size_t items)
        : train_(train), train_of_(train_of), test_(test), test_of_(test_of), results_(results),
          marks_(items, 0), memory_(best_list<Scalar>::capacity(results.longest(), items)),
          places_(results.no_places()) {}

    /// scores: of all items
    void judge(user_id user, std::span<const Scalar> scores) {
        const std::size_t u = row_of(user);
        left_out_.clear();
        relevant_.clear();
        ++stamp_;
        const auto is_new = [&](item_id item) {
            return std::exchange(marks_[row_of(item)], stamp_) != stamp_;
        };
        if (u < train_of_.size())
            for (const std::size_t position : train_of_[u])
                if (const item_id item = train_.items()[position]; is_new(item))
                    left_out_.push_back(scores[row_of(item)]);
        const std::size_t seen = stamp_++;
        for (const std::size_t position : test_of_[u]) {
            const item_id item = test_.items()[position];
            if (marks_[row_of(item)] != seen && is_new(item)) relevant_.push_back(scores[row_of(item)]);
        }
        if (relevant_.empty()) return;
        left_out_.insert(left_out_.end(), relevant_.begin(), relevant_.end());
        standing_.find(relevant_, scores, std::span<const Scalar>(left_out_));
        best_list<Scalar> best(results_.longest(), memory_);
        best.offer(
            scores, [](std::size_t i) { return static_cast<item_id>(i); },
            [&](item_id item) { return marks_[row_of(item)] != seen; });
        results_.judge(u, standing_, best.sorted(), places_);
    }

    [[nodiscard]] ranking_builder::item_places& places() noexcept { return places_; }

private:
    const interactions& train_;
    const groups& train_of_;
    const interactions& test_;
    const groups& test_of_;
    ranking_builder& results_;
    std::vector<std::size_t> marks_; // [items] when an item was last met, as a stamp
    std::size_t stamp_ = 0;
    std::vector<Scalar> left_out_, relevant_;
    standing standing_;
    std::vector<recommendation<Scalar>> memory_;
    ranking_builder::item_places places_;
};

} // namespace detail

/// How well a model ranks for each user the items of `test` among all that `train` does not have for the user. An item
/// of test with an equal score stands behind the others, so that equal scores for all gain nothing; in the lists, of
/// which coverage and popularity tell, the lower row comes first. Test items that are training items of the user, and
/// repeated ones, do not count; users without others are left out and counted. A model is a recommender, a baseline, or
/// anything with its score_all; each thread calls it. Throws argument_error for rows that the model does not have or whose
/// ids are others, no cut-off or one of 0, or nothing to judge by. O(users items (dim + test items of a user)).
template <item_ranker Model>
[[nodiscard]] ranking evaluate_ranking(const Model& model, const interactions& train,
                                       const interactions& test, const ranking_options& options = {}) {
    using scalar = typename Model::scalar;
    const std::size_t items = (std::max)(train.num_items(), test.num_items());
    const std::size_t users = (std::max)(train.num_users(), test.num_users());
    const std::size_t scored = detail::scored_items(model, users, items);
    detail::check_same_rows("evaluate_ranking", train, "the training data", test, "the test data",
                            "split one source, so that both have its rows");
    detail::check_same_rows("evaluate_ranking", model, train);
    detail::check_same_rows("evaluate_ranking", model, test);
    detail::ranking_builder results(options.at, test.num_users(), detail::item_counts(train, items));
    const auto train_of = detail::group_by(train.users(), train.num_users());
    const auto test_of = detail::group_by(test.users(), test.num_users());
    std::vector<user_id> judged;
    for (std::size_t u = 0; u < test_of.size(); ++u)
        if (!test_of[u].empty()) judged.push_back(static_cast<user_id>(u));

    constexpr std::size_t scores_at_once = 1 << 18; // of a thread
    const std::size_t block = (std::max)(scores_at_once / (std::max)(scored, std::size_t{1}), std::size_t{8});
    const std::size_t blocks = (judged.size() + block - 1) / block;
    thread_pool pool((std::max)(
        (std::min)(thread_pool::resolve(detail::is_collective<Model> ? 1 : options.threads), blocks),
        std::size_t{1}));
    std::vector<detail::ranking_builder::item_places> places(pool.size());
    std::atomic<std::size_t> next = 0;
    pool.run([&](std::size_t index) {
        detail::unseen_judge<scalar> judge(train, train_of, test, test_of, results, items);
        std::vector<scalar> scores(block * scored);
        for (std::size_t b; (b = next.fetch_add(1, std::memory_order_relaxed)) < blocks;) {
            const auto of_block = std::span<const user_id>(judged).subspan(
                b * block, (std::min)(block, judged.size() - b * block));
            model.score_all(of_block, std::span(scores).first(of_block.size() * scored));
            for (std::size_t i = 0; i < of_block.size(); ++i)
                judge.judge(of_block[i], std::span<const scalar>(scores).subspan(i * scored, items));
        }
        places[index] = std::move(judge.places());
    });
    results.cover(places);
    return results.finish([](std::size_t user) { return static_cast<user_id>(user); }, users);
}

} // namespace graft::inline v0_1
