#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <graft/core/detail/message.hpp>
#include <graft/core/error.hpp>
#include <graft/core/ids.hpp>
#include <graft/core/string_index.hpp>
#include <graft/serve/detail/table_of_model.hpp>
#include <graft/vectors/keyed_vectors.hpp>

namespace graft::inline v0_1 {

namespace detail {

/// Numbers of a point: the factors, a place for the bias where there are biases, and one more.
template <class Model>
[[nodiscard]] std::size_t point_width(const Model& model) {
    return model.dim() + (Model::scorer_type::has_biases ? 2 : 1);
}

template <class Scalar>
[[nodiscard]] float point_number(Scalar number) {
    const auto narrow = static_cast<float>(number);
    if (!std::isfinite(narrow))
        throw argument_error(
            "index_points: a number of the model is not finite as a float; train the model again "
            "with a lower learning rate");
    return narrow;
}

/// The ids of the items, [all that have one]; of a model without ids the numbers of all rows.
template <class Model>
[[nodiscard]] string_index item_names(const Model& model) {
    std::size_t named = 0;
    if constexpr (requires { model.num_item_ids(); }) {
        named = model.num_item_ids();
    } else {
        if (model.shared_item_ids()) named = model.shared_item_ids()->size();
    }
    const bool numbered = named == 0;
    string_index names;
    for (std::size_t row = 0; row < (numbered ? model.num_items() : named); ++row) {
        const auto name =
            numbered ? std::to_string(row) : std::string(model.id_of(static_cast<item_id>(row)));
        if (!names.insert(name).second)
            throw argument_error(message("index_points: the id of item row ", row, " comes twice"));
    }
    return names;
}

} // namespace detail

/// The items of a model as points [items x (dim + 1)], or with biases [items x (dim + 2)], with their ids, for an
/// index of nearest neighbours: a point is [factors | bias | e], with e such that all points are as long as the
/// longest of [factors | bias]. A query of index_queries is [factors | 1 | 0]. Of the two the inner product is the
/// score but for what is the same for all items (mean + user bias), and the order by euclidean distance, by cosine and
/// by inner product is one: that of the scores (Bachrach et al., "Speeding up the Xbox recommender system using a
/// euclidean transformation for inner-product spaces", 2014). Items without an id are left out; of a model that has
/// none the row's number is the id. A model is a recommender or a mapped one. Throws argument_error for numbers that
/// are not finite as floats.
template <class Model>
[[nodiscard]] keyed_vectors index_points(const Model& model) {
    const detail::table_of_model<Model, item_id> table(model);
    const std::size_t before = table.width();
    auto names = detail::item_names(model);
    keyed_vectors::matrix_type points(static_cast<Eigen::Index>(names.size()),
                                      static_cast<Eigen::Index>(before + 1));
    std::vector<double> squares(names.size());
    double longest = 0;
    const std::size_t most = (std::max)(std::size_t{1}, (std::size_t{1} << 17U) / before); // rows at a time
    std::vector<item_id> items;
    for (std::size_t first = 0; first < names.size(); first += items.size()) {
        items.resize((std::min)(most, names.size() - first));
        for (std::size_t k = 0; k < items.size(); ++k) items[k] = static_cast<item_id>(first + k);
        const auto rows = table.rows_of("index_points: item", items);
        for (std::size_t k = 0; k < items.size(); ++k) {
            const auto to = detail::numbers_of(points, first + k);
            for (std::size_t d = 0; d < before; ++d) {
                to[d] = detail::point_number(rows[k * before + d]);
                squares[first + k] += static_cast<double>(to[d]) * static_cast<double>(to[d]);
            }
            longest = (std::max)(longest, squares[first + k]);
        }
    }
    for (std::size_t item = 0; item < names.size(); ++item)
        detail::numbers_of(points, item)[before] = detail::point_number(std::sqrt(longest - squares[item]));
    return {std::move(names), std::move(points)};
}

/// What to ask an index of `index_points` for these users, [users x width of a point]; the user's bias is no part of
/// it. Throws argument_error for a user outside of the model, or numbers that are not finite as floats.
template <class Model>
[[nodiscard]] keyed_vectors::matrix_type index_queries(const Model& model, std::span<const user_id> users) {
    constexpr bool biased = Model::scorer_type::has_biases;
    const detail::table_of_model<Model, user_id> table(model);
    const std::size_t dim = model.dim();
    const auto rows = table.rows_of("index_queries: user", users);
    keyed_vectors::matrix_type queries(static_cast<Eigen::Index>(users.size()),
                                       static_cast<Eigen::Index>(detail::point_width(model)));
    for (std::size_t i = 0; i < users.size(); ++i) {
        const auto to = detail::numbers_of(queries, i);
        for (std::size_t d = 0; d < dim; ++d) to[d] = detail::point_number(rows[i * table.width() + d]);
        if constexpr (biased) to[dim] = 1;
        to[to.size() - 1] = 0;
    }
    return queries;
}

} // namespace graft::inline v0_1
