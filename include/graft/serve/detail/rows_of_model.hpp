#pragma once

#include <graft/backend/row_view.hpp>

namespace graft::inline v0_1::detail {

/// The rows of a model's table in main memory, until the model is next written to.
template <class Model>
[[nodiscard]] row_view<typename Model::scalar> user_rows_of(const Model& model) {
    if constexpr (requires { model.user_rows(); })
        return model.user_rows();
    else
        return Model::backend_type::host_rows(model.users().store());
}
template <class Model>
[[nodiscard]] row_view<typename Model::scalar> item_rows_of(const Model& model) {
    if constexpr (requires { model.item_rows(); })
        return model.item_rows();
    else
        return Model::backend_type::host_rows(model.items().store());
}

} // namespace graft::inline v0_1::detail
