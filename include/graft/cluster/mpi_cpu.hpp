#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <graft/backend/cpu/packed_rows.hpp>
#include <graft/backend/cpu/scores.hpp>
#include <graft/backend/cpu/top_rows.hpp>
#include <graft/backend/error_sums.hpp>
#include <graft/backend/list_query.hpp>
#include <graft/backend/ranked_lists.hpp>
#include <graft/backend/recommendation.hpp>
#include <graft/backend/row_view.hpp>
#include <graft/cluster/detail/ranks.hpp>
#include <graft/cluster/engine.hpp>
#include <graft/cluster/store.hpp>
#include <graft/core/ids.hpp>

namespace graft::inline v0_1 {

/// Tables shared out over the ranks of an MPI program, in the main memories of its machines; the arithmetic is that of
/// cpu, and so are the results, bit for bit. Each rank makes the same calls with the same arguments, from one thread,
/// and gets the whole result.
struct mpi_cpu {
    static constexpr const char* name = "cpu"; // by which checkpoints are those of one machine, too
    /// Members wait for those of the other ranks: they must not be called from several threads.
    static constexpr bool is_collective = true;

    template <class Scalar>
    using store = mpi_store<Scalar>;

    template <class Scalar, int Dim, class Scorer, class Optimizer, class Loss>
    using engine = mpi_engine<Scalar, Dim, Scorer, Optimizer, Loss>;

    /// As cpu::score. The owner of a user scores it.
    template <class Scorer, class Scalar>
    static void score(const store<Scalar>& users, const store<Scalar>& items, std::size_t dim, Scalar mean,
                      std::span<const user_id> user, std::span<const item_id> item,
                      std::span<Scalar> scores) {
        constexpr std::size_t most = std::size_t{1} << 16U; // at once: their items' rows are fetched
        for (std::size_t begin = 0; begin < scores.size(); begin += most) {
            const std::size_t count = (std::min)(most, scores.size() - begin);
            score_some<Scorer>(users, items, dim, mean, user.subspan(begin, count),
                               item.subspan(begin, count), scores.subspan(begin, count));
        }
    }

    /// As cpu::score_all. The owner of an item scores it.
    template <class Scorer, class Scalar>
    static void score_all(const store<Scalar>& users, const store<Scalar>& items, std::size_t dim,
                          Scalar mean, std::span<const user_id> user, std::span<Scalar> scores) {
        const auto& all = items.all();
        const auto& share = items.share();
        const auto rows = users.rows_of(user);
        std::vector<const Scalar*> starts(user.size());
        for (std::size_t u = 0; u < user.size(); ++u) starts[u] = rows.data() + u * users.width();
        std::vector<Scalar> own(user.size() * share.own()), got(scores.size());
        detail::score_matrix<Scorer, Scalar>(starts, own_rows(items), dim, mean, own.data());
        detail::rank_counts counts;
        counts.set(all.size(),
                   [&](std::size_t rank) { return user.size() * share.below(items.rows(), rank); });
        all.gather(own.data(), got.data(), counts, detail::mpi_type<Scalar>());
        for (std::size_t u = 0; u < user.size(); ++u)
            for (std::size_t i = 0; i < items.rows(); ++i) {
                const std::size_t rank = share.owner(i);
                scores[u * items.rows() + i] =
                    got[counts.begin(rank) + u * share.below(items.rows(), rank) + share.place(i)];
            }
    }

    /// As cpu::sum_errors; each rank adds up all errors, in the order of one machine.
    template <class Scorer, class Scalar>
    static error_sums sum_errors(const store<Scalar>& users, const store<Scalar>& items, std::size_t dim,
                                 Scalar mean, std::span<const user_id> user, std::span<const item_id> item,
                                 std::span<const float> ratings, const clip& bounds) {
        std::vector<Scalar> scores(ratings.size());
        score<Scorer, Scalar>(users, items, dim, mean, user, item, scores);
        error_sums sums;
        for (std::size_t k = 0; k < ratings.size(); ++k)
            sums.add(static_cast<double>(scores[k]), ratings[k], bounds);
        return sums;
    }

    /// As cpu::top_k. Each rank finds the best of its items, and all get the best of these.
    template <class Scorer, class Scalar, class Wanted>
    static recommendations<Scalar> top_k(const store<Scalar>& users, const store<Scalar>& items,
                                         std::size_t dim, Scalar mean, std::span<const user_id> user,
                                         const list_query<Wanted>& query) {
        const auto rows = users.rows_of(user);
        return top_k_of_rows<Scorer, Scalar>(rows, items, dim, mean, query);
    }
    /// The same for rows that stand in no table. rows: [n x width of items]. Scorer: also cosine_of_unit.
    template <class Scorer, class Scalar, class Wanted>
    static recommendations<Scalar> top_k_of_rows(std::span<const Scalar> rows, const store<Scalar>& items,
                                                 std::size_t dim, Scalar mean,
                                                 const list_query<Wanted>& query) {
        const auto& share = items.share();
        const auto item_at = [&](item_id own) { return static_cast<item_id>(share.row(row_of(own))); };
        const auto wanted = [&](std::size_t i, item_id own) { return query.wanted(i, item_at(own)); };
        std::vector<item_id> among;
        if (query.among)
            for (const item_id item : *query.among)
                if (share.is_mine(row_of(item)))
                    among.push_back(static_cast<item_id>(share.place(row_of(item))));
        list_query<decltype(wanted)> own{query.k, wanted, std::nullopt, query.threads};
        if (query.among) own.among = among;
        const auto lists =
            detail::top_rows<Scorer, Scalar>(rows, items.width(), own_rows(items), dim, mean, own)
                .mapped([&](const recommendation<Scalar>& entry) {
                    return recommendation<Scalar>{item_at(entry.item), entry.score};
                });
        return best_of(items.all(), lists, rows.size() / items.width(), query.k);
    }

    /// Files are written by the first rank alone.
    [[nodiscard]] static bool writes_files() { return detail::ranks().me() == 0; }
    /// The first rank's text, on all ranks.
    [[nodiscard]] static std::string agree(std::string text) {
        return detail::ranks().text_of(0, std::move(text));
    }

private:
    template <class Scalar>
    static row_view<Scalar> own_rows(const store<Scalar>& rows) {
        return {rows.own().row(0), rows.own().rows(), rows.own().stride()};
    }

    template <class Scorer, class Scalar>
    static void score_some(const store<Scalar>& users, const store<Scalar>& items, std::size_t dim,
                           Scalar mean, std::span<const user_id> user, std::span<const item_id> item,
                           std::span<Scalar> scores) {
        const auto& share = users.share();
        std::vector<item_id> needed;
        for (std::size_t k = 0; k < user.size(); ++k)
            if (share.is_mine(row_of(user[k]))) needed.push_back(item[k]);
        std::sort(needed.begin(), needed.end());
        needed.erase(std::unique(needed.begin(), needed.end()), needed.end());
        const auto rows = items.rows_of(std::span<const item_id>(needed));
        std::vector<Scalar> own, got(scores.size());
        for (std::size_t k = 0; k < user.size(); ++k) {
            if (!share.is_mine(row_of(user[k]))) continue;
            const auto at = static_cast<std::size_t>(std::lower_bound(needed.begin(), needed.end(), item[k]) -
                                                     needed.begin());
            own.push_back(detail::score_pair<Scorer>(users.own().row(share.place(row_of(user[k]))),
                                                     rows.data() + at * items.width(), dim, mean));
        }
        std::vector<std::size_t> of_rank(users.all().size(), 0);
        for (const user_id u : user) ++of_rank[share.owner(row_of(u))];
        detail::rank_counts counts;
        counts.set(of_rank.size(), [&](std::size_t rank) { return of_rank[rank]; });
        users.all().gather(own.data(), got.data(), counts, detail::mpi_type<Scalar>());
        std::vector<std::size_t> next(of_rank.size());
        for (std::size_t rank = 0; rank < next.size(); ++rank) next[rank] = counts.begin(rank);
        for (std::size_t k = 0; k < user.size(); ++k) scores[k] = got[next[share.owner(row_of(user[k]))]++];
    }

    /// The k best of the lists that all ranks have for each of n users.
    template <class Scalar>
    static recommendations<Scalar> best_of(const detail::ranks& all, const recommendations<Scalar>& lists,
                                           std::size_t n, std::size_t k) {
        const std::size_t size = all.size();
        std::vector<std::uint32_t> own(n), lengths(n * size), items, all_items;
        std::vector<Scalar> scores, all_scores;
        for (std::size_t u = 0; u < n; ++u) own[u] = static_cast<std::uint32_t>(lists[u].size());
        for (const auto& entry : lists.entries()) {
            items.push_back(static_cast<std::uint32_t>(entry.item));
            scores.push_back(entry.score);
        }
        detail::rank_counts counts;
        counts.set(size, [&](std::size_t) { return n; });
        all.gather(own.data(), lengths.data(), counts, detail::mpi_type<std::uint32_t>());
        counts.set(size, [&](std::size_t rank) {
            std::size_t sum = 0;
            for (std::size_t u = 0; u < n; ++u) sum += lengths[rank * n + u];
            return sum;
        });
        all_items.resize(counts.all());
        all_scores.resize(counts.all());
        all.gather(items.data(), all_items.data(), counts, detail::mpi_type<std::uint32_t>());
        all.gather(scores.data(), all_scores.data(), counts, detail::mpi_type<Scalar>());

        std::vector<std::size_t> next(size), ends(n);
        for (std::size_t rank = 0; rank < size; ++rank) next[rank] = counts.begin(rank);
        std::vector<recommendation<Scalar>> entries, of_user;
        for (std::size_t u = 0; u < n; ++u) {
            of_user.clear();
            for (std::size_t rank = 0; rank < size; ++rank)
                for (std::uint32_t i = 0; i < lengths[rank * n + u]; ++i, ++next[rank])
                    of_user.push_back({item_id{all_items[next[rank]]}, all_scores[next[rank]]});
            std::sort(of_user.begin(), of_user.end(), detail::ranks_before{});
            of_user.resize((std::min)(k, of_user.size()));
            entries.insert(entries.end(), of_user.begin(), of_user.end());
            ends[u] = entries.size();
        }
        return recommendations<Scalar>(std::move(entries), std::move(ends));
    }
};

} // namespace graft::inline v0_1
