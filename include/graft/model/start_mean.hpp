#pragma once

#include <concepts>

namespace graft::inline v0_1::detail {

/// Gives a biased model without a mean what `mean()` returns. Takes it back at its own end, unless told to
/// keep it: training that cannot begin leaves the model as it was.
template <class Model>
class start_mean {
public:
    template <std::invocable Mean>
    start_mean(Model& model, const Mean& mean) : model_(model) {
        if constexpr (Model::scorer_type::has_biases) {
            if (model.has_mean()) return;
            model.set_mean(static_cast<typename Model::scalar>(mean()));
            given_ = true;
        }
    }
    start_mean(const start_mean&) = delete;
    start_mean& operator=(const start_mean&) = delete;
    ~start_mean() {
        if (given_) model_.reset_mean();
    }
    void keep() noexcept { given_ = false; }

private:
    Model& model_;
    bool given_ = false;
};

} // namespace graft::inline v0_1::detail
