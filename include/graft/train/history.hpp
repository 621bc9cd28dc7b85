#pragma once

#include <concepts>
#include <cstddef>
#include <functional>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace graft::inline v0_1 {

/// Losses, learning rate and time of an epoch.
struct epoch_record {
    std::size_t epoch = 0;              ///< counted from 1
    double train_loss = 0;              ///< mean loss over the epoch, each batch before its step
    std::optional<double> valid_loss{}; ///< mean loss on the validation data, if any, after the epoch
    std::optional<double> monitored{};  ///< what fit_options::monitor gave, if there is one
    double lr = 0;
    double seconds = 0;
};

/// What `fit` returns.
struct history {
    std::vector<epoch_record> epochs;
    /// The epoch of the best monitored value, else of the least validation loss, else the last one; 0: none was
    /// finished.
    std::size_t best_epoch = 0;
    bool stopped_early = false;       ///< by patience
    bool stopped_by_callback = false; ///< perhaps within an epoch, which is then not among `epochs`
};

/// How far `fit` is. Reported some 20 times an epoch, and once at its end.
struct progress {
    std::size_t epoch = 0; ///< counted from 1
    std::size_t epochs = 0;
    std::size_t step = 0; ///< of this epoch, done
    std::size_t steps = 0;
    double train_loss = 0;                  ///< of this epoch so far
    const epoch_record* finished = nullptr; ///< at an epoch's end, valid during the call
    std::string_view monitor = {};          ///< name of what is monitored
};

/// A callback of `fit`, called from the thread that called `fit`. It may return nothing, or a bool: false
/// ends the training there, and `fit` returns what it has. It may read the model: all rows are then brought
/// up to date first, which takes O(rows) and changes the last digits of what follows. If it throws, `fit`
/// ends, with the model as it then is.
class progress_callback {
public:
    progress_callback() = default;
    template <class F>
    requires(!std::same_as<std::remove_cvref_t<F>, progress_callback> && std::invocable<F&, const progress&>)
        progress_callback(F f) { // NOLINT(google-explicit-constructor): as std::function
        using result = std::invoke_result_t<F&, const progress&>;
        static_assert(std::is_void_v<result> || std::same_as<result, bool>,
                      "fit: a callback returns nothing, or a bool: false ends the training");
        if constexpr (std::is_void_v<result>)
            call_ = [f = std::move(f)](const progress& now) mutable {
                f(now);
                return true;
            };
        else
            call_ = std::move(f);
    }

    /// Whether there is one.
    [[nodiscard]] explicit operator bool() const noexcept { return static_cast<bool>(call_); }
    /// Returns false if the training shall end.
    bool operator()(const progress& now) const { return call_(now); }

private:
    std::function<bool(const progress&)> call_;
};

} // namespace graft::inline v0_1
