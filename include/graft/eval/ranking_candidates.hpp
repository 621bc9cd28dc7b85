#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <graft/backend/collective.hpp>
#include <graft/backend/recommendation.hpp>
#include <graft/core/error.hpp>
#include <graft/core/ids.hpp>
#include <graft/core/random.hpp>
#include <graft/core/thread_pool.hpp>
#include <graft/data/detail/group.hpp>
#include <graft/data/interactions.hpp>
#include <graft/data/same_rows.hpp>
#include <graft/eval/detail/ranking_builder.hpp>
#include <graft/eval/detail/standing.hpp>
#include <graft/eval/ranking.hpp>
#include <graft/eval/ranking_metrics.hpp>

namespace graft::inline v0_1 {

/// Cases to judge a ranking by: of each a user, an item that is relevant, and others that are not and that it is ranked
/// among, as in the files of He et al. 2017 ("Neural collaborative filtering"). Metrics of so few candidates are higher
/// than those of all items, and may order models differently (Krichene and Rendle 2020).
struct ranking_candidates {
    std::vector<user_id> users;      ///< [cases]
    std::vector<item_id> relevant;   ///< [cases]
    std::vector<std::size_t> starts; ///< [cases + 1] into others
    std::vector<item_id> others;     ///< of each case

    [[nodiscard]] std::size_t size() const noexcept { return users.size(); }
    /// Adds a case.
    void add(user_id user, item_id item, std::span<const item_id> ranked_among) {
        if (starts.empty()) starts.push_back(0);
        users.push_back(user);
        relevant.push_back(item);
        others.insert(others.end(), ranked_among.begin(), ranked_among.end());
        starts.push_back(others.size());
    }
};

/// A case for each entry of test, with `count` other items drawn evenly from those that the user has neither in train
/// nor in test, each once. Throws argument_error, naming the user, where there are too few. O(users items).
[[nodiscard]] inline ranking_candidates draw_candidates(const interactions& train, const interactions& test,
                                                        std::size_t count, std::uint64_t seed = 0) {
    const std::size_t items = (std::max)(train.num_items(), test.num_items());
    const auto train_of = detail::group_by(train.users(), train.num_users());
    const auto test_of = detail::group_by(test.users(), test.num_users());
    ranking_candidates cases;
    random_engine engine(seed);
    std::vector<char> met(items);
    std::vector<item_id> free;
    for (std::size_t u = 0; u < test_of.size(); ++u) {
        if (test_of[u].empty()) continue;
        std::fill(met.begin(), met.end(), char{0});
        if (u < train_of.size())
            for (const std::size_t position : train_of[u]) met[row_of(train.items()[position])] = 1;
        for (const std::size_t position : test_of[u]) met[row_of(test.items()[position])] = 1;
        free.clear();
        for (std::size_t i = 0; i < items; ++i)
            if (met[i] == 0) free.push_back(static_cast<item_id>(i));
        if (free.size() < count)
            throw argument_error("draw_candidates: user " + std::to_string(u) + " has " +
                                 std::to_string(free.size()) + " items left to draw " +
                                 std::to_string(count) + " from; ask for fewer");
        for (const std::size_t position : test_of[u]) {
            for (std::size_t drawn = 0; drawn < count; ++drawn)
                std::swap(free[drawn],
                          free[drawn + static_cast<std::size_t>(draw_below(engine, free.size() - drawn))]);
            cases.add(static_cast<user_id>(u), test.items()[position], std::span(free).first(count));
        }
    }
    return cases;
}

namespace detail {

/// Throws argument_error for cases that cannot be judged.
inline void check_candidates(const ranking_candidates& cases, std::size_t users, std::size_t items) {
    const std::size_t size = cases.size();
    const auto refuse = [](const std::string& why) { throw argument_error("evaluate_ranking: " + why); };
    if (size == 0) refuse("there are no candidates to judge by");
    if (cases.relevant.size() != size || cases.starts.size() != size + 1 || cases.starts.front() != 0 ||
        cases.starts.back() != cases.others.size() ||
        !std::is_sorted(cases.starts.begin(), cases.starts.end()))
        refuse("the candidates' columns do not fit together");
    const auto check = [&](std::size_t k, std::size_t row, std::size_t rows, const char* what) {
        if (row >= rows)
            refuse("case " + std::to_string(k) + " has " + what + " " + std::to_string(row) + "; there are " +
                   std::to_string(rows));
    };
    for (std::size_t k = 0; k < size; ++k) {
        check(k, row_of(cases.users[k]), users, "user");
        check(k, row_of(cases.relevant[k]), items, "item");
        for (std::size_t at = cases.starts[k]; at < cases.starts[k + 1]; ++at) {
            check(k, row_of(cases.others[at]), items, "item");
            if (cases.others[at] == cases.relevant[k])
                refuse("case " + std::to_string(k) + " ranks item " +
                       std::to_string(row_of(cases.relevant[k])) + " among itself");
        }
    }
}

} // namespace detail

/// The same among given candidates: each case counts as a user. train tells what is popular, and gives the rows of the
/// data. A predictor is a recommender, a baseline, or anything with score(users, items); each thread calls it. Throws
/// argument_error for cases outside of the data's or the model's rows, an item ranked among itself, or no cases.
template <class Predictor>
[[nodiscard]] ranking evaluate_ranking(const Predictor& predictor, const interactions& train,
                                       const ranking_candidates& cases, const ranking_options& options = {}) {
    const std::size_t items = train.num_items();
    static_cast<void>(detail::scored_items(predictor, train.num_users(), items));
    detail::check_same_rows("evaluate_ranking", predictor, train);
    detail::check_candidates(cases, train.num_users(), items);
    detail::ranking_builder results(options.at, cases.size(), detail::item_counts(train, items));
    constexpr std::size_t block = 256; // cases
    const std::size_t blocks = (cases.size() + block - 1) / block;
    thread_pool pool(
        (std::min)(thread_pool::resolve(detail::is_collective<Predictor> ? 1 : options.threads), blocks));
    std::vector<detail::ranking_builder::item_places> places(pool.size());
    std::atomic<std::size_t> next = 0;
    pool.run([&](std::size_t index) {
        auto mine = results.no_places();
        std::vector<user_id> user;
        std::vector<item_id> item;
        for (std::size_t b; (b = next.fetch_add(1, std::memory_order_relaxed)) < blocks;) {
            const std::size_t begin = b * block;
            const std::size_t end = (std::min)(begin + block, cases.size());
            user.clear();
            item.clear();
            for (std::size_t k = begin; k < end; ++k) {
                item.push_back(cases.relevant[k]);
                for (std::size_t at = cases.starts[k]; at < cases.starts[k + 1]; ++at)
                    item.push_back(cases.others[at]);
                user.resize(item.size(), cases.users[k]);
            }
            const auto scores =
                predictor.score(std::span<const user_id>(user), std::span<const item_id>(item));
            using scalar = std::decay_t<decltype(scores[0])>;
            std::vector<scalar> relevant, all;
            std::vector<recommendation<scalar>> list;
            detail::standing where;
            for (std::size_t k = begin, first = 0; k < end; ++k) {
                const std::size_t size = 1 + cases.starts[k + 1] - cases.starts[k];
                all.clear();
                list.clear();
                for (std::size_t i = first; i < first + size; ++i) {
                    all.push_back(scores[static_cast<std::ptrdiff_t>(i)]);
                    list.push_back({item[i], all.back()});
                }
                relevant.assign(1, all[0]);
                where.find(relevant, std::span<const scalar>(all), std::span<const scalar>(all).first(1));
                std::sort(list.begin(), list.end(), detail::ranks_before{});
                results.judge(k, where,
                              std::span<const recommendation<scalar>>(list).first(
                                  (std::min)(results.longest(), list.size())),
                              mine);
                first += size;
            }
        }
        places[index] = std::move(mine);
    });
    results.cover(places);
    return results.finish([&](std::size_t k) { return cases.users[k]; }, cases.size());
}

} // namespace graft::inline v0_1
