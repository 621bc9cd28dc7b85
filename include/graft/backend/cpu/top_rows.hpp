#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <limits>
#include <new>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <Eigen/Core>

#include <graft/backend/cpu/packed_rows.hpp>
#include <graft/backend/cpu/score_tile.hpp>
#include <graft/backend/cpu/scores.hpp>
#include <graft/backend/detail/best_list.hpp>
#include <graft/backend/list_query.hpp>
#include <graft/backend/ranked_lists.hpp>
#include <graft/backend/recommendation.hpp>
#include <graft/backend/row_view.hpp>
#include <graft/core/error.hpp>
#include <graft/core/host_device.hpp>
#include <graft/core/ids.hpp>
#include <graft/core/thread_pool.hpp>

namespace graft::inline v0_1::detail {

/// Lists of the best of many rows for each of many others. A block of users goes over all items, or over a range of
/// them where there are fewer blocks than threads. A list does not depend on how the work is cut, since the order of
/// scores does not, and the best k of all are the best of the best k of each part.
template <class Scorer, class Scalar, class Wanted>
class list_maker {
    using tile = score_tile<Scalar>;
    using entry = recommendation<Scalar>;

public:
    list_maker(std::span<const Scalar* const> users, const row_view<Scalar>& items, std::size_t dim,
               Scalar mean, const list_query<Wanted>& query)
        : users_(users), items_(items), dim_(dim), mean_(mean), query_(query),
          count_(query.among ? query.among->size() : items.rows), length_((std::min)(query.k, count_)) {}

    [[nodiscard]] recommendations<Scalar> make() {
        const std::size_t threads = useful_threads();
        if (users_.empty() || length_ == 0) return {{}, 0, std::vector<std::size_t>(users_.size(), 0)};
        cut(threads);
        reserve();
        const std::size_t blocks = (users_.size() + block_ - 1) / block_;
        std::atomic<std::size_t> next = 0;
        thread_pool((std::min)(threads, blocks * parts_)).run([&](std::size_t) {
            for (std::size_t task; (task = next.fetch_add(1, std::memory_order_relaxed)) < blocks * parts_;)
                fill(task / parts_, task % parts_);
        });
        if (parts_ > 1) merge();
        return {std::move(slots_), length_, counts_};
    }

private:
    static constexpr std::size_t work_of_thread = 1 << 22; // products that are worth starting one
    static constexpr std::size_t most_users = 504;         // of a block: their packed rows stay in the cache
    static constexpr std::size_t most_entries = 1 << 23;   // that a block's lists may gather

    [[nodiscard]] std::size_t useful_threads() const {
        const std::size_t threads = thread_pool::resolve(query_.threads);
        const double work = static_cast<double>(users_.size()) * static_cast<double>(count_) *
                            static_cast<double>(dim_) / static_cast<double>(work_of_thread);
        return work < static_cast<double>(threads) ? static_cast<std::size_t>(work) + 1 : threads;
    }

    /// Settles the size of blocks, and in how many parts items are cut.
    void cut(std::size_t threads) {
        const auto whole = [](std::size_t n, std::size_t of) { return (n + of - 1) / of; };
        const std::size_t by_memory = most_entries / best_list<Scalar>::capacity(length_, count_);
        const std::size_t most =
            (std::max)(tile::users, (std::min)(most_users, by_memory) / tile::users * tile::users);
        const std::size_t n = users_.size();
        std::size_t blocks = whole(n, most);
        parts_ = 1;
        if (threads > 1 && blocks < threads &&
            n * length_ <= most_entries) // for few users more, as threads start late
            parts_ = n <= tile::users ? 4 * threads : threads;
        if (parts_ == 1) blocks = whole(blocks, threads) * threads;
        block_ = (std::min)(most, whole(whole(n, blocks), tile::users) * tile::users);
    }

    void reserve() {
        const std::size_t lists = users_.size() * parts_;
        try {
            if (length_ > std::vector<entry>().max_size() / lists) throw std::bad_alloc();
            slots_.resize(lists * length_);
            counts_.resize(lists);
        } catch (const std::bad_alloc&) {
            throw error("lists: the system does not give the memory for " + std::to_string(users_.size()) +
                        " lists of " + std::to_string(length_) + " items; ask for fewer at a time");
        }
    }

    [[nodiscard]] std::size_t row_at(std::size_t place) const noexcept {
        return query_.among ? row_of((*query_.among)[place]) : place;
    }

    /// The lists of one block of users among one part of the items.
    void fill(std::size_t block, std::size_t part) {
        const std::size_t first = block * block_;
        const auto users = users_.subspan(first, (std::min)(block_, users_.size() - first));
        const std::size_t panels = (count_ + tile::items - 1) / tile::items;
        const std::size_t begin = panels * part / parts_ * tile::items;
        const std::size_t end = (std::min)(count_, panels * (part + 1) / parts_ * tile::items);
        const std::size_t capacity = best_list<Scalar>::capacity(length_, end - begin);
        std::vector<entry> memory(users.size() * capacity);
        std::vector<best_list<Scalar>> lists;
        for (std::size_t u = 0; u < users.size(); ++u)
            lists.emplace_back(length_, std::span(memory).subspan(u * capacity, capacity));
        if (users.size() <= few_users)
            read(users, first, begin, end, lists);
        else
            multiply(users, first, begin, end, lists);
        for (std::size_t u = 0; u < users.size(); ++u) {
            const std::size_t slot = (first + u) * parts_ + part;
            const auto best = lists[u].sorted();
            std::copy(best.begin(), best.end(), slots_.begin() + static_cast<std::ptrdiff_t>(slot * length_));
            counts_[slot] = best.size();
        }
    }

    /// For few users: a piece of the rows at a time, which the cache holds for the next user.
    void read(std::span<const Scalar* const> users, std::size_t first, std::size_t begin, std::size_t end,
              std::vector<best_list<Scalar>>& lists) const {
        constexpr std::size_t piece = 64;
        Scalar scores[piece];
        Scalar terms[piece];
        for (; begin < end; begin += piece) {
            const std::size_t count = (std::min)(piece, end - begin);
            for (std::size_t i = 0; i < count; ++i) {
                const std::size_t r = row_at(begin + i);
                terms[i] = item_term<Scorer>(items_.row(r), dim_, items_.bias(r, dim_));
            }
            for (std::size_t u = 0; u < users.size(); ++u) {
                products_of(users[u], begin, count, scores);
                const Scalar term = user_term<Scorer>(users[u], dim_, mean_);
                for (std::size_t i = 0; i < count; ++i)
                    scores[i] = score_of<Scorer>(scores[i], term, terms[i]);
                offer(first + u, begin, std::span(scores).first(count), lists[u]);
            }
        }
    }

    void products_of(const Scalar* user, std::size_t begin, std::size_t count, Scalar* products) const {
        std::size_t i = 0;
        const auto row = [&](std::size_t at) { return items_.row(row_at(begin + at)); };
        for (; i + 4 <= count; i += 4)
            score_products<4>(user, {row(i), row(i + 1), row(i + 2), row(i + 3)}, dim_, products + i);
        for (; i < count; ++i) products[i] = score_product(user, row(i), dim_);
    }

    /// For many: tiles of scores, of which few hold one that passes a list's threshold.
    void multiply(std::span<const Scalar* const> users, std::size_t first, std::size_t begin, std::size_t end,
                  std::vector<best_list<Scalar>>& lists) const {
        namespace packets = Eigen::internal;
        using packet = typename tile::packet;
        const packed_users<Scorer, Scalar> packed(users, dim_, mean_);
        std::vector<Scalar> thresholds(packed.groups() * tile::users,
                                       std::numeric_limits<Scalar>::infinity());
        for (std::size_t u = 0; u < users.size(); ++u) thresholds[u] = lists[u].threshold();
        item_panel<Scorer, Scalar> panel(dim_);
        for (; begin < end; begin += tile::items) {
            const std::size_t count = (std::min)(tile::items, end - begin);
            panel.fill(items_, count, [&](std::size_t i) { return row_at(begin + i); });
            for (std::size_t g = 0; g < packed.groups(); ++g) {
                packet scores[tile::size];
                packed.score(g, panel, scores);
                packet passes = packets::pzero(scores[0]);
                const Scalar* const least = thresholds.data() + g * tile::users;
                tile::for_each_product([&](auto i) GRAFT_INLINE_LAMBDA {
                    const auto threshold = packets::pset1<packet>(least[i() / tile::vectors]);
                    passes = packets::por(passes, packets::pcmp_lt_or_nan(threshold, scores[i()]));
                });
                if (!packets::predux_any(passes)) continue;
                Scalar numbers[tile::users * tile::items];
                tile::for_each_product([&](auto i) GRAFT_INLINE_LAMBDA {
                    packets::pstoreu(numbers + i() * tile::lanes, scores[i()]);
                });
                for (std::size_t u = g * tile::users; u < (std::min)(users.size(), (g + 1) * tile::users);
                     ++u) {
                    offer(first + u, begin, std::span(numbers).subspan(u % tile::users * tile::items, count),
                          lists[u]);
                    thresholds[u] = lists[u].threshold();
                }
            }
        }
    }

    void offer(std::size_t user, std::size_t begin, std::span<Scalar> scores, best_list<Scalar>& list) const {
        if constexpr (std::is_same_v<Scorer, cosine_of_unit>)
            for (Scalar& score : scores) score = within_range<Scorer>(score);
        list.offer(
            scores, [&](std::size_t i) { return static_cast<item_id>(row_at(begin + i)); },
            [&](item_id item) { return query_.wanted(user, item); });
    }

    /// Makes one list of the parts of each.
    void merge() {
        std::vector<entry> all;
        for (std::size_t user = 0; user < users_.size(); ++user) {
            all.clear();
            for (std::size_t slot = user * parts_; slot < (user + 1) * parts_; ++slot) {
                const auto from = slots_.begin() + static_cast<std::ptrdiff_t>(slot * length_);
                all.insert(all.end(), from, from + static_cast<std::ptrdiff_t>(counts_[slot]));
            }
            std::sort(all.begin(), all.end(), ranks_before{});
            counts_[user] = (std::min)(length_, all.size());
            std::copy_n(all.begin(), counts_[user],
                        slots_.begin() + static_cast<std::ptrdiff_t>(user * length_));
        }
        counts_.resize(users_.size());
    }

    std::span<const Scalar* const> users_;
    row_view<Scalar> items_;
    std::size_t dim_;
    Scalar mean_;
    const list_query<Wanted>& query_;
    std::size_t count_;  // of items to choose from
    std::size_t length_; // of a list, at most
    std::size_t block_ = 1;
    std::size_t parts_ = 1;
    std::vector<entry> slots_;        // [users x parts x length]
    std::vector<std::size_t> counts_; // [users x parts]
};

/// For each user, a row [dim] or [dim + bias], the query.k best of the items, in the order of ranks_before. Any rows in
/// memory will do. O(users items dim).
template <class Scorer, class Scalar, class Wanted>
[[nodiscard]] recommendations<Scalar> top_rows(std::span<const Scalar* const> users,
                                               const row_view<Scalar>& items, std::size_t dim, Scalar mean,
                                               const list_query<Wanted>& query) {
    return list_maker<Scorer, Scalar, Wanted>(users, items, dim, mean, query).make();
}
/// The same for users that stand one after the other, [n x width].
template <class Scorer, class Scalar, class Wanted>
[[nodiscard]] recommendations<Scalar> top_rows(std::span<const Scalar> users, std::size_t width,
                                               const row_view<Scalar>& items, std::size_t dim, Scalar mean,
                                               const list_query<Wanted>& query) {
    std::vector<const Scalar*> starts(users.size() / width);
    for (std::size_t i = 0; i < starts.size(); ++i) starts[i] = users.data() + i * width;
    return top_rows<Scorer, Scalar>(starts, items, dim, mean, query);
}

} // namespace graft::inline v0_1::detail
