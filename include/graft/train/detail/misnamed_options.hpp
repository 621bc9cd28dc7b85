#pragma once

#include <concepts>

#include <graft/train/history.hpp>

namespace graft::detail {

struct anything {
    anything() = default;
    template <class T>
    anything(const T&) {} // NOLINT(google-explicit-constructor)
};

/// Options in braces that do not fit fit_options: names that options have in other libraries, and values of
/// other types. The overload of fit that takes it does not compile, and says what to write instead.
struct misnamed_fit_options {
    anything epoch{}, num_epochs{}, n_epochs{}, epochs{};
    anything batch{}, batch_size{};
    anything optimizer{}, optim{};
    anything loss{}, loss_function{}, criterion{};
    anything lr{}, learning_rate{};
    anything schedule{}, l2{}, weight_decay{}, regularization{}, row_l2{};
    anything negatives{}, values_are_weights{}, monitor{};
    anything patience{}, early_stopping{}, keep_best{};
    anything shuffle{}, seed{}, random_state{}, threads{}, num_threads{};
    anything users{}, items{}, users_frozen_for{}, items_frozen_for{};
    anything checkpoint{};
};

template <class Never>
history refuse_options() {
    static_assert(
        !std::same_as<Never, Never>,
        "graft::fit: options have other names and types: see graft::fit_options for epochs, "
        "batch_size, optimizer = {.lr = ..} and so on. Another optimizer or loss is named in the type: "
        "graft::fit_options<graft::sgd>{..}, graft::fit_options<graft::adam, graft::logistic>{..}");
    return {};
}

} // namespace graft::detail
