#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <vector>

namespace graft {

/// What an epoch came to.
struct epoch_record {
    std::size_t epoch = 0; ///< counted from 1
    double train_loss = 0; ///< mean squared error over the epoch, each batch before its step
    std::optional<double>
        valid_loss{}; ///< mean squared error on the validation data after the epoch, if there are any
    double lr = 0;
    double seconds = 0;
};

/// What `fit` returns.
struct history {
    std::vector<epoch_record> epochs;
    std::size_t best_epoch =
        0; ///< the epoch of the least validation loss, or the last one without validation data
    bool stopped_early = false;
};

/// Where `fit` is: told after each part of an epoch, and once at an epoch's end.
struct progress {
    std::size_t epoch = 0; ///< counted from 1
    std::size_t epochs = 0;
    std::size_t step = 0; ///< of this epoch, done
    std::size_t steps = 0;
    double train_loss = 0;                  ///< of this epoch so far
    const epoch_record* finished = nullptr; ///< at an epoch's end, valid during the call
};

/// Called from the thread that called `fit`. What it throws ends `fit`, with the model as it then is.
using progress_callback = std::function<void(const progress&)>;

} // namespace graft
