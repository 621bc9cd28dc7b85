#pragma once

#include <string>

#include <graft/core/error.hpp>
#include <graft/core/ids.hpp>
#include <graft/data/interactions.hpp>
#include <graft/data/same_rows.hpp>

namespace graft::inline v0_1::detail {

/// Throws argument_error for data that a model cannot be trained or validated on: none, too many, rows that
/// it does not have, or rows that bear other ids. what: "training" or "validation".
template <class Model>
void check_fits(const char* what, const Model& model, const interactions& data) {
    if (data.empty()) throw argument_error(std::string("fit: the ") + what + " data are empty");
    if (data.size() > max_rows)
        throw argument_error(std::string("fit: the ") + what + " data have over 2^32 interactions");
    if (data.num_users() > model.num_users() || data.num_items() > model.num_items())
        throw argument_error(std::string("fit: the ") + what + " data have " +
                             std::to_string(data.num_users()) + " users and " +
                             std::to_string(data.num_items()) + " items; the model has rows for " +
                             std::to_string(model.num_users()) + " and " + std::to_string(model.num_items()) +
                             "; make room with graft::grow(model, data)");
    check_same_rows("fit", model, data);
}

/// The model's rows take the data's ids where those go on from its own; the two have been checked.
template <class Model>
void take_ids(Model& model, const interactions& data) {
    const auto longer = [](const auto& known, const auto& given) {
        return known && known->size() >= given->size() ? known : given;
    };
    model.set_ids(longer(model.shared_user_ids(), data.shared_user_ids()),
                  longer(model.shared_item_ids(), data.shared_item_ids()));
}

} // namespace graft::inline v0_1::detail
