#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include <Eigen/Core>

#include <graft/data/id_map.hpp>
#include <graft/model/embedding_table.hpp>

namespace test {

/// Ids of several lengths, which are not in the order of their rows.
inline std::shared_ptr<const graft::id_map> some_ids(const std::string& prefix, std::size_t count) {
    graft::id_map ids;
    for (std::size_t row = 0; row < count; ++row) ids.insert(prefix + std::to_string(row * 7919 % 1000));
    return std::make_shared<const graft::id_map>(std::move(ids));
}

/// A model with numbers in all its places.
template <class Model>
Model some_model(std::size_t users, std::size_t items, std::size_t dim, bool with_ids = true,
                 std::uint64_t seed = 1) {
    Model model(users, items, dim, {.stddev = 1, .seed = seed});
    if constexpr (Model::scorer_type::has_biases) {
        using scalar = typename Model::scalar;
        for (std::size_t r = 0; r < users; ++r)
            model.users().set_bias(r, static_cast<scalar>(r) / scalar(7) + static_cast<scalar>(seed));
        for (std::size_t r = 0; r < items; ++r)
            model.items().set_bias(r, -static_cast<scalar>(r) / scalar(3));
        model.set_mean(scalar(3.5));
    }
    if (with_ids) model.set_ids(some_ids("u", users), some_ids("", items));
    return model;
}

template <class A, class B>
bool same_ids(const A& a, const B& b) {
    return a && b ? a->size() == b->size() && a->common_rows(*b) == a->size() : a == b;
}

/// Whether all numbers are the same.
template <class Model>
bool same_numbers(const Model& a, const Model& b) {
    return a.dim() == b.dim() && a.users().weights() == b.users().weights() &&
           a.items().weights() == b.items().weights() && a.has_mean() == b.has_mean() && a.mean() == b.mean();
}
template <class Model>
bool same_model(const Model& a, const Model& b) {
    return same_numbers(a, b) && same_ids(a.shared_user_ids(), b.shared_user_ids()) &&
           same_ids(a.shared_item_ids(), b.shared_item_ids());
}

} // namespace test
