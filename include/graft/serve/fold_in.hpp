#pragma once

#include <cmath>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include <Eigen/Cholesky>
#include <Eigen/Core>

#include <graft/core/detail/later.hpp>
#include <graft/core/error.hpp>
#include <graft/core/ids.hpp>

namespace graft::inline v0_1 {

/// What the ratings of a new user or item are weighed against.
struct fold_in_options {
    double l2 = 0.1;      ///< weight of |w - start|^2 for each rating, as in fit
    double bias_l2 = 1.0; ///< times that for the bias
    double row_l2 = 0.0;  ///< added to both for the row as a whole, as in fit
    /// What the penalty draws to, [dim] or with biases [dim + 1], such as what an adapter's map gives;
    /// nothing for 0.
    Eigen::RowVectorXd start{};
};

namespace detail {

/// The row that minimises sum (score - rating)^2 + (n l2 + row_l2) |w - start|^2 with the other table's rows
/// as they are: one positive definite system of the row's width.
template <class Model, class Table, class Id>
[[nodiscard]] Eigen::RowVectorXd fold_in(const char* what, const Model& model, const Table& others,
                                         std::span<const Id> ids, std::span<const float> ratings,
                                         const fold_in_options& options) {
    using vector = later<Eigen::VectorXd, Model>;
    using matrix = later<Eigen::MatrixXd, Model>;
    constexpr bool biased = Model::scorer_type::has_biases;
    const auto dim = static_cast<Eigen::Index>(model.dim());
    const Eigen::Index width = dim + (biased ? 1 : 0);
    const auto refuse = [what](const std::string& why) {
        throw argument_error(std::string(what) + ": " + why);
    };
    if (ids.size() != ratings.size())
        refuse(std::to_string(ids.size()) + " ids do not pair with " + std::to_string(ratings.size()) +
               " ratings");
    if (!(options.l2 > 0) || !std::isfinite(options.l2) || !(options.bias_l2 > 0) ||
        !std::isfinite(options.bias_l2))
        refuse("l2 and bias_l2 must be finite numbers above 0");
    if (!(options.row_l2 >= 0) || !std::isfinite(options.row_l2))
        refuse("row_l2 must be a finite number >= 0");
    if (options.start.size() != 0 &&
        ((options.start.size() != dim && options.start.size() != width) || !options.start.allFinite()))
        refuse("start has " + std::to_string(options.start.size()) + " numbers for a row of " +
               std::to_string(width) + ", all finite");
    vector start = vector::Zero(width);
    start.head(options.start.size()) = options.start.transpose();
    if (ids.empty()) return start.transpose();

    const double per_rating = options.l2 * static_cast<double>(ids.size());
    matrix normal = matrix::Zero(width, width);
    normal.diagonal().setConstant(per_rating);
    if constexpr (biased) normal(dim, dim) *= options.bias_l2;
    normal.diagonal().array() += options.row_l2;
    for (std::size_t k = 0; k < ids.size(); ++k) {
        if (row_of(ids[k]) >= others.rows())
            refuse("row " + std::to_string(row_of(ids[k])) + " at position " + std::to_string(k) +
                   " is not among the model's " + std::to_string(others.rows()));
        if (!std::isfinite(ratings[k]))
            refuse("the rating at position " + std::to_string(k) + " is not finite");
    }
    const auto rows = others.rows_of(ids);
    vector pull = vector::Zero(width);
    vector other = vector::Ones(width); // the last 1 meets the bias
    for (std::size_t k = 0; k < ids.size(); ++k) {
        const auto* const row = rows.data() + k * static_cast<std::size_t>(width);
        for (Eigen::Index d = 0; d < dim; ++d) other[d] = static_cast<double>(row[d]);
        double rest = static_cast<double>(ratings[k]) - other.dot(start);
        if constexpr (biased) rest -= static_cast<double>(model.mean()) + static_cast<double>(row[dim]);
        normal.template selfadjointView<Eigen::Lower>().rankUpdate(other);
        pull += rest * other;
    }
    const Eigen::LLT<matrix> factors(normal);
    Eigen::RowVectorXd row = (start + factors.solve(pull)).transpose();
    if (!normal.allFinite() || factors.info() != Eigen::Success || !row.allFinite())
        refuse(
            "the row is not finite: the model's rows, the ratings or the start are too large to be squared; "
            "scale them down");
    return row;
}

} // namespace detail

/// The row, [dim] or with biases [dim + 1], of a user who is not in the model, from a few ratings and without
/// touching the model; without ratings it is options.start. Throws argument_error for items outside of the
/// model, lengths that differ, options out of range, or a row that is not finite. O(n dim^2 + dim^3).
template <class Model>
[[nodiscard]] Eigen::RowVectorXd fold_in_user(const Model& model, std::span<const item_id> items,
                                              std::span<const float> ratings,
                                              const fold_in_options& options = {}) {
    return detail::fold_in("fold_in_user", model, model.items(), items, ratings, options);
}
/// The same for an item, from ratings of users.
template <class Model>
[[nodiscard]] Eigen::RowVectorXd fold_in_item(const Model& model, std::span<const user_id> users,
                                              std::span<const float> ratings,
                                              const fold_in_options& options = {}) {
    return detail::fold_in("fold_in_item", model, model.users(), users, ratings, options);
}

} // namespace graft::inline v0_1
