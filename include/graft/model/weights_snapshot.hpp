#pragma once

#include <vector>

namespace graft::inline v0_1::detail {

/// The weights of both tables, to come back to.
template <class Model>
class weights_snapshot {
public:
    void take(const Model& model) {
        users_ = model.users().weights();
        items_ = model.items().weights();
    }
    void restore(Model& model) const {
        model.users().set_weights(users_);
        model.items().set_weights(items_);
    }

    /// The weights, [rows x (dim + bias)], nullptr before `take`.
    [[nodiscard]] typename Model::scalar* users() noexcept { return users_.data(); }
    [[nodiscard]] typename Model::scalar* items() noexcept { return items_.data(); }

private:
    std::vector<typename Model::scalar> users_, items_;
};

} // namespace graft::inline v0_1::detail
