#pragma once

#include <concepts>
#include <cstddef>
#include <filesystem>
#include <memory>

#include <graft/core/error.hpp>
#include <graft/train/detail/checkpoint_file.hpp>
#include <graft/train/detail/run_keeper.hpp>

namespace graft::inline v0_1 {

/// A file that a run of `fit` goes on from after its process was killed: fit_options::checkpoint = {path, every}.
///
/// The file is replaced after every `every` epochs and after the last one, and is whole or not there (see
/// io/atomic_file.hpp). A call of `fit` that finds it takes weights, moments, best epoch and history from it,
/// whatever the model's weights were, and does the epochs that are left. It ends with the bits of a run that
/// was not killed, which are those of a run without checkpoints, too.
///
/// - The file stays. The same call then returns at once with the same history, and the same model; one with
///   more epochs goes on, as after a callback has ended the run.
/// - Only `threads`, `epochs` and the checkpoint itself may be others than in the run before. `fit` refuses the file
///   where data, ids, options, the model's size or types are: argument_error says what. What a monitor or
///   callback does, and the weights that the run began with, it cannot compare.
/// - Part of an epoch is done again: what `every` costs is at most so many epochs. Their callbacks are called
///   again, too, not those of epochs before.
/// - fit_options::moments_of = path: a run on other data, with other options, goes on with the moments and the steps of
///   the file's run, as the same optimizer would. The model brings the weights; it is the same, or has grown from the
///   file's (transfer/grow.hpp), and its new rows begin with moments of 0. A table that is frozen at first loses its
///   moments. The file is needed again where such a run goes on from its own checkpoint.
/// - A file is as large as the model with its moments, and the best epoch's weights besides.
class checkpoint {
public:
    checkpoint() = default;
    /// every: epochs. A template, so that programs without checkpoints do not compile what reads and writes them.
    template <std::convertible_to<std::filesystem::path> Path>
    checkpoint(const Path& path, std::size_t every = 1) // NOLINT(google-explicit-constructor)
        : path_(path), every_(every), open_([](const std::filesystem::path& file) {
              return std::unique_ptr<detail::run_keeper>(std::make_unique<detail::checkpoint_file>(file));
          }) {}

    /// Whether there is one: an empty path is none.
    [[nodiscard]] explicit operator bool() const noexcept { return !path_.empty(); }
    [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
    [[nodiscard]] std::size_t every() const noexcept { return every_; }

    /// For `fit`; null where there is none. Throws argument_error if `every` is 0.
    [[nodiscard]] std::unique_ptr<detail::run_keeper> open() const {
        if (path_.empty()) return nullptr;
        if (every_ == 0) throw argument_error("fit: the checkpoint's every must be at least 1");
        return open_(path_);
    }

private:
    std::filesystem::path path_;
    std::size_t every_ = 1;
    std::unique_ptr<detail::run_keeper> (*open_)(const std::filesystem::path&) = nullptr;
};

} // namespace graft::inline v0_1
