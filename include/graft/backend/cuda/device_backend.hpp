#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include <graft/backend/cuda/buffer.hpp>
#include <graft/backend/cuda/engine.hpp>
#include <graft/backend/cuda/step.hpp>
#include <graft/backend/cuda/store.hpp>
#include <graft/core/ids.hpp>

namespace graft {

/// Tables and training on a device. System: cpp_system, omp_system, or cuda_system for a GPU; the arithmetic
/// is the same source on each.
template <class System>
struct device_backend {
    static constexpr const char* name = System::name;
    using system = System;

    template <class Scalar>
    using store = device_store<Scalar, System>;

    template <class Scalar, int Dim, class Scorer, class Optimizer>
    using engine = device_engine<Scalar, Scorer, Optimizer, System>;

    /// scores[k] = score of (users[k], items[k]). Ids must be in range.
    template <class Scorer, class Scalar>
    static void score(const store<Scalar>& users, const store<Scalar>& items, std::size_t dim, Scalar mean,
                      std::span<const user_id> user, std::span<const item_id> item,
                      std::span<Scalar> scores) {
        score_on_device<Scorer>(users, items, dim, mean, user, item, scores);
    }

    /// scores[i] = score of (user, i) for every item. [items]
    template <class Scorer, class Scalar>
    static void score_all(const store<Scalar>& users, const store<Scalar>& items, std::size_t dim,
                          Scalar mean, user_id user, std::span<Scalar> scores) {
        score_on_device<Scorer>(users, items, dim, mean, std::span(&user, 1), {}, scores);
    }

private:
    template <class T>
    using buffer = detail::buffer<T, typename System::memory>;

    template <class Scorer, class Scalar>
    static void score_on_device(const store<Scalar>& users, const store<Scalar>& items, std::size_t dim,
                                Scalar mean, std::span<const user_id> user, std::span<const item_id> item,
                                std::span<Scalar> scores) {
        if (scores.empty()) return;
        buffer<user_id> user_ids(user.size());
        buffer<item_id> item_ids(item.size());
        buffer<Scalar> results(scores.size());
        typename System::queue queue;
        queue.copy(user_ids.data(), user.data(), user.size_bytes());
        queue.copy(item_ids.data(), item.data(), item.size_bytes());
        queue.rows(scores.size(), detail::score_pairs<Scorer, Scalar>{
                                      users.device(), items.device(), users.stride(), items.stride(), dim,
                                      users.pitch(), mean, user_ids.data(), item_ids.data(), results.data()});
        queue.copy(scores.data(), results.data(), scores.size_bytes());
        queue.wait();
    }
};

} // namespace graft
