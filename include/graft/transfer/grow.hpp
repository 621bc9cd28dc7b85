#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include <graft/core/detail/finite.hpp>
#include <graft/core/error.hpp>
#include <graft/data/interactions.hpp>
#include <graft/data/same_rows.hpp>
#include <graft/model/check_fits.hpp>
#include <graft/model/embedding_table.hpp>

namespace graft::inline v0_1 {

/// A model with more users and items, whose first rows are those of `model`; new rows start as `start` says
/// with biases of 0, the same as in a new model of that size. An optimizer's moments are its trainer's: the next one
/// begins anew, unless it is told to go on with them (trainer::take_moments, fit_options::moments_of). Throws
/// argument_error for fewer rows than there are, and for a row that is not finite.
template <class Model>
[[nodiscard]] Model grow(const Model& model, std::size_t num_users, std::size_t num_items,
                         const init& start = {}) {
    if (num_users < model.num_users() || num_items < model.num_items())
        throw argument_error("grow: a model of " + std::to_string(model.num_users()) + " users and " +
                             std::to_string(model.num_items()) + " items cannot have " +
                             std::to_string(num_users) + " and " + std::to_string(num_items));
    Model larger(num_users, num_items, model.dim(), start);
    const auto copy = [](const char* kind, const auto& from, auto& to) {
        std::vector<typename Model::scalar> row(from.store().width());
        for (std::size_t r = 0; r < from.rows(); ++r) {
            from.store().read(r, 0, row.data(), row.size());
            if (!detail::all_finite(row.data(), row.size()))
                throw argument_error("grow: " + std::string(kind) + " row " + std::to_string(r) +
                                     " has a number that is not finite; train the model again with a lower "
                                     "learning rate");
            to.write(r, 0, row);
        }
    };
    copy("user", model.users(), larger.users());
    copy("item", model.items(), larger.items());
    if constexpr (Model::scorer_type::has_biases)
        if (model.has_mean()) larger.set_mean(model.mean());
    larger.set_ids(model.shared_user_ids(), model.shared_item_ids());
    return larger;
}

/// The same with rows for all users and items of the data, whose ids the model then has: they must begin with the
/// model's, as where they were read with `.rows_of = model`. Throws argument_error where they do not.
template <class Model>
[[nodiscard]] Model grow(const Model& model, const interactions& data, const init& start = {}) {
    detail::check_same_rows("grow", model, data);
    auto larger = grow(model, (std::max)(model.num_users(), data.num_users()),
                       (std::max)(model.num_items(), data.num_items()), start);
    detail::take_ids(larger, data);
    return larger;
}

} // namespace graft::inline v0_1
