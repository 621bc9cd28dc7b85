#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include <graft/backend/detail/best_list.hpp>
#include <graft/backend/device/buffer.hpp>
#include <graft/backend/device/engine.hpp>
#include <graft/backend/device/parcel.hpp>
#include <graft/backend/device/step.hpp>
#include <graft/backend/device/store.hpp>
#include <graft/backend/device/system.hpp>
#include <graft/backend/error_sums.hpp>
#include <graft/backend/list_query.hpp>
#include <graft/backend/ranked_lists.hpp>
#include <graft/backend/recommendation.hpp>
#include <graft/backend/row_view.hpp>
#include <graft/core/ids.hpp>
#include <graft/core/thread_pool.hpp>

namespace graft::inline v0_1 {

/// Tables and training on a device. System: cpp_system, omp_system, or cuda_system for a GPU; the arithmetic
/// is the same source on each.
template <device_system System>
struct device_backend {
    static constexpr const char* name = System::name;
    using system = System;

    template <class Scalar>
    using store = device_store<Scalar, System>;

    template <class Scalar, int Dim, class Scorer, class Optimizer, class Loss>
    using engine = device_engine<Scalar, Scorer, Optimizer, Loss, System>;

    /// scores[k] = score of (users[k], items[k]). Ids must be in range.
    template <class Scorer, class Scalar>
    static void score(const store<Scalar>& users, const store<Scalar>& items, std::size_t dim, Scalar mean,
                      std::span<const user_id> user, std::span<const item_id> item,
                      std::span<Scalar> scores) {
        buffer<user_id> user_ids(user.size());
        buffer<item_id> item_ids(item.size());
        buffer<Scalar> results(scores.size());
        typename System::stream stream;
        stream.copy(user_ids.data(), user.data(), user.size_bytes());
        stream.copy(item_ids.data(), item.data(), item.size_bytes());
        stream.launch(scores.size(),
                      detail::score_pairs<Scorer, Scalar>{view<Scorer>(users, items, dim, mean),
                                                          user_ids.data(), item_ids.data(), results.data()});
        stream.copy(scores.data(), results.data(), scores.size_bytes());
        stream.wait();
    }

    /// scores[u * items + i] = score of (users[u], i) for every item. [users x items]
    template <class Scorer, class Scalar>
    static void score_all(const store<Scalar>& users, const store<Scalar>& items, std::size_t dim,
                          Scalar mean, std::span<const user_id> user, std::span<Scalar> scores) {
        buffer<user_id> user_ids(user.size());
        buffer<Scalar> results(scores.size());
        typename System::stream stream;
        stream.copy(user_ids.data(), user.data(), user.size_bytes());
        stream.launch(scores.size(), detail::score_items<Scorer, Scalar>{
                                         view<Scorer>(users, items, dim, mean), user_ids.data(), nullptr,
                                         items.rows(), results.data()});
        stream.copy(scores.data(), results.data(), scores.size_bytes());
        stream.wait();
    }

    /// As cpu::sum_errors. Pair k is added to partial sum k mod 4096, and the partial sums are added up in
    /// their order, the same on every system. The host sends a group of pairs while the device works on the
    /// group before.
    template <class Scorer, class Scalar>
    static error_sums sum_errors(const store<Scalar>& users, const store<Scalar>& items, std::size_t dim,
                                 Scalar mean, std::span<const user_id> user, std::span<const item_id> item,
                                 std::span<const float> ratings, const clip& bounds) {
        constexpr std::size_t count = 4096;
        constexpr std::size_t group = 64 * count; // pairs; 3 MB
        const auto tables = view<Scorer>(users, items, dim, mean);
        buffer<error_sums> sums(count + 1); // and their total
        typename System::stream work;
        typename System::stream copies;
        detail::parcel<System> parcels[2];
        work.clear(sums.data(), count * sizeof(error_sums));
        for (std::size_t begin = 0; begin < ratings.size(); begin += group) {
            const std::size_t size = (std::min)(group, ratings.size() - begin);
            auto& parcel = parcels[begin / group % 2];
            const auto [u, i, r] = parcel.send(copies, work, user.subspan(begin, size),
                                               item.subspan(begin, size), ratings.subspan(begin, size));
            work.launch((std::min)(count, size), detail::add_errors<Scorer, Scalar>{
                                                     tables, u, i, r, size, bounds, sums.data(), count});
            parcel.record_use(work);
        }
        work.launch(1, detail::total_errors{sums.data(), count, sums.data() + count});
        error_sums total;
        work.copy(&total, sums.data() + count, sizeof total);
        work.wait();
        return total;
    }

    /// As cpu::top_k: the scores of the items to choose from are the device's, what is best among them is found by the
    /// host's threads.
    template <class Scorer, class Scalar, class Wanted>
    static recommendations<Scalar> top_k(const store<Scalar>& users, const store<Scalar>& items,
                                         std::size_t dim, Scalar mean, std::span<const user_id> user,
                                         const list_query<Wanted>& query) {
        buffer<user_id> user_ids(user.size());
        typename System::stream stream;
        stream.copy(user_ids.data(), user.data(), user.size_bytes());
        return lists(stream, view<Scorer>(users, items, dim, mean), user_ids.data(), user.size(),
                     items.rows(), query);
    }
    /// The same for rows that stand in no table. rows: [n x width of items]
    template <class Scorer, class Scalar, class Wanted>
    static recommendations<Scalar> top_k_of_rows(std::span<const Scalar> rows, const store<Scalar>& items,
                                                 std::size_t dim, Scalar mean,
                                                 const list_query<Wanted>& query) {
        store<Scalar> users(rows.size() / items.width(), items.width());
        users.write_all(rows.data());
        typename System::stream stream;
        return lists(stream, view<Scorer>(users, items, dim, mean), nullptr, users.rows(), items.rows(),
                     query);
    }

    /// The rows in main memory, until the store is next written to.
    template <class Scalar>
    static row_view<Scalar> host_rows(const store<Scalar>& rows) {
        return {rows.host(), rows.rows(), rows.pitch()};
    }

private:
    template <class T>
    using buffer = detail::buffer<T, typename System::memory>;

    /// The lists of n users, whose ids, or nullptr for the first n rows, are on the device.
    template <class Scorer, class Scalar, class Wanted>
    static recommendations<Scalar>
    lists(typename System::stream& stream, const detail::score_view<Scorer, Scalar>& tables,
          const user_id* users, std::size_t n, std::size_t items, const list_query<Wanted>& query) {
        using list = detail::best_list<Scalar>;
        const std::size_t count = query.among ? query.among->size() : items;
        const std::size_t length = (std::min)(query.k, count);
        std::vector<std::size_t> counts(n, 0);
        if (n == 0 || length == 0) return {{}, 0, counts};
        buffer<item_id> among;
        if (query.among) {
            among.reserve(count);
            stream.copy(among.data(), query.among->data(), query.among->size_bytes());
        }
        constexpr std::size_t most_scores = 1 << 24; // at a time
        const std::size_t block = (std::min)(n, (std::max)(most_scores / count, std::size_t{1}));
        buffer<Scalar> results(block * count);
        std::vector<Scalar> scores(block * count);
        std::vector<recommendation<Scalar>> slots(n * length);
        thread_pool pool((std::min)(thread_pool::resolve(query.threads), block));
        for (std::size_t first = 0; first < n; first += block) {
            const std::size_t size = (std::min)(block, n - first);
            auto of_block = tables;
            if (users == nullptr) of_block.users += first * tables.user_stride;
            stream.launch(size * count, detail::score_items<Scorer, Scalar>{
                                            of_block, users == nullptr ? nullptr : users + first,
                                            among.data(), count, results.data()});
            stream.copy(scores.data(), results.data(), size * count * sizeof(Scalar));
            stream.wait();
            pool.run([&](std::size_t index) {
                std::vector<recommendation<Scalar>> memory(list::capacity(length, count));
                for (std::size_t u = first + index; u < first + size; u += pool.size()) {
                    list best(length, memory);
                    best.offer(
                        std::span(scores).subspan((u - first) * count, count),
                        [&](std::size_t i) {
                            return query.among ? (*query.among)[i] : static_cast<item_id>(i);
                        },
                        [&](item_id item) { return query.wanted(u, item); });
                    const auto sorted = best.sorted();
                    std::copy(sorted.begin(), sorted.end(),
                              slots.begin() + static_cast<std::ptrdiff_t>(u * length));
                    counts[u] = sorted.size();
                }
            });
        }
        return {std::move(slots), length, counts};
    }

    template <class Scorer, class Scalar>
    static detail::score_view<Scorer, Scalar> view(const store<Scalar>& users, const store<Scalar>& items,
                                                   std::size_t dim, Scalar mean) {
        return {users.device(), items.device(), users.stride(), items.stride(), dim, users.pitch(), mean};
    }
};

} // namespace graft::inline v0_1
