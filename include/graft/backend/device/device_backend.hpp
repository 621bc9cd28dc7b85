#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <thrust/sort.h>
#include <thrust/tabulate.h>
#include <vector>

#include <graft/backend/device/buffer.hpp>
#include <graft/backend/device/engine.hpp>
#include <graft/backend/device/parcel.hpp>
#include <graft/backend/device/run_thrust.hpp>
#include <graft/backend/device/step.hpp>
#include <graft/backend/device/store.hpp>
#include <graft/backend/device/system.hpp>
#include <graft/backend/error_sums.hpp>
#include <graft/backend/recommendation.hpp>
#include <graft/core/ids.hpp>

namespace graft {

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

    /// scores[i] = score of (user, i) for every item. [items]
    template <class Scorer, class Scalar>
    static void score_all(const store<Scalar>& users, const store<Scalar>& items, std::size_t dim,
                          Scalar mean, user_id user, std::span<Scalar> scores) {
        buffer<Scalar> results(scores.size());
        typename System::stream stream;
        stream.launch(scores.size(), detail::score_items<Scorer, Scalar>{
                                         view<Scorer>(users, items, dim, mean), user, results.data()});
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

    /// As cpu::top_k. All items are ordered on the device; the host gets them from the best on, in pieces
    /// that grow until enough of them are wanted.
    template <class Scorer, class Scalar, class Filter>
    static std::vector<recommendation<Scalar>> top_k(const store<Scalar>& users, const store<Scalar>& items,
                                                     std::size_t dim, Scalar mean, user_id user,
                                                     std::size_t k, const Filter& wanted) {
        const std::size_t size = items.rows();
        buffer<Scalar> scores(size);
        buffer<recommendation<Scalar>> ranked(size);
        typename System::stream stream;
        stream.launch(size, detail::score_items<Scorer, Scalar>{view<Scorer>(users, items, dim, mean), user,
                                                                scores.data()});
        detail::run_thrust<System>(stream, [&](auto& policy) {
            thrust::tabulate(policy, ranked.data(), ranked.data() + size,
                             detail::recommend_item<Scalar>{scores.data()});
            thrust::sort(policy, ranked.data(), ranked.data() + size, detail::ranks_before{});
        });
        std::vector<recommendation<Scalar>> found;
        std::vector<recommendation<Scalar>> piece;
        std::size_t count = (std::min)(k, size) + 1000;
        for (std::size_t begin = 0; begin < size && found.size() < k; begin += piece.size(), count *= 2) {
            piece.resize((std::min)(count, size - begin));
            stream.copy(piece.data(), ranked.data() + begin, piece.size() * sizeof(recommendation<Scalar>));
            stream.wait();
            for (const auto& next : piece)
                if (found.size() < k && wanted(next.item)) found.push_back(next);
        }
        return found;
    }

private:
    template <class T>
    using buffer = detail::buffer<T, typename System::memory>;

    template <class Scorer, class Scalar>
    static detail::score_view<Scorer, Scalar> view(const store<Scalar>& users, const store<Scalar>& items,
                                                   std::size_t dim, Scalar mean) {
        return {users.device(), items.device(), users.stride(), items.stride(), dim, users.pitch(), mean};
    }
};

} // namespace graft
