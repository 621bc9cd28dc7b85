#pragma once

#include <concepts>

#include <graft/train/history.hpp>

namespace graft::inline v0_1::detail {

struct anything {
    anything() = default;
    template <class T>
    anything(const T&) {} // NOLINT(google-explicit-constructor)
};

/// Negatives with the names of other libraries, or with another type.
struct misnamed_negatives {
    anything per_positive{}, popularity_power{};
    anything count{}, n{}, num{}, num_negatives{}, num_neg{}, ratio{}, per_interaction{};
    anything power{}, alpha{}, distribution{}, sampler{}, seed{};
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
    misnamed_negatives negatives{};
    anything num_negatives{}, n_negatives{}, negative_samples{}, neg_sampling{};
    anything values_are_weights{}, weights{}, sample_weight{}, monitor{}, metric{}, metrics{};
    anything patience{}, early_stopping{}, keep_best{};
    anything shuffle{}, seed{}, random_state{}, threads{}, num_threads{};
    anything users{}, items{}, users_frozen_for{}, items_frozen_for{};
    anything checkpoint{}, moments_of{};
};

template <class Never>
history refuse_options() {
    static_assert(!std::same_as<Never, Never>,
                  "graft::fit: options have other names and types: see graft::fit_options for epochs, "
                  "batch_size, optimizer = {.lr = ..}, negatives = {.per_positive = ..} and so on. Another "
                  "optimizer or loss is named in the type: "
                  "graft::fit_options<graft::sgd>{..}, graft::fit_options<graft::adam, graft::logistic>{..}");
    return {};
}

} // namespace graft::inline v0_1::detail
