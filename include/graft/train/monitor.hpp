#pragma once

#include <functional>
#include <string>

namespace graft::inline v0_1 {

/// A figure that `fit` watches instead of the validation loss: it decides on the best epoch and on patience.
struct monitor {
    std::string name{};              ///< for the log
    std::function<double()> value{}; ///< called after each epoch, and may read the model
    bool higher_is_better = true;

    /// Whether there is one.
    [[nodiscard]] explicit operator bool() const noexcept { return static_cast<bool>(value); }
};

} // namespace graft::inline v0_1
