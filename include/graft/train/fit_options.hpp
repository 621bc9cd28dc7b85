#pragma once

#include <cstddef>
#include <cstdint>

#include <graft/loss/loss.hpp>
#include <graft/loss/squared_error.hpp>
#include <graft/optim/adam.hpp>
#include <graft/optim/optimizer.hpp>
#include <graft/optim/schedule.hpp>
#include <graft/optim/table_rules.hpp>
#include <graft/train/checkpoint.hpp>
#include <graft/train/monitor.hpp>
#include <graft/train/negative_sampling.hpp>

namespace graft::inline v0_1 {

namespace detail {

/// The penalties of fit_options where none are given: those that the loss names. With weight decay there are none.
template <class Optimizer, class Loss>
constexpr double usual_l2() {
    if constexpr (!Optimizer::decays && requires { Loss::usual_l2; }) return Loss::usual_l2;
    return 0;
}
template <class Optimizer, class Loss>
constexpr double usual_row_l2() {
    if constexpr (!Optimizer::decays && requires { Loss::usual_row_l2; }) return Loss::usual_row_l2;
    return 0;
}

} // namespace detail

/// What stands here is what one would begin with. As a loop of PyTorch, without a penalty: {.l2 = 0, .row_l2 = 0}.
template <optimizer Optimizer = adam, loss Loss = squared_error>
struct fit_options {
    std::size_t epochs = 20;
    std::size_t batch_size = 256; ///< interactions per step; the last of an epoch may be shorter
    Optimizer optimizer = {};
    Loss loss = {};
    graft::schedule schedule = {}; ///< factor on the learning rate by epoch
    /// As in trainer_options. 0.05 for squared_error, 0 for other losses and with weight decay.
    double l2 = detail::usual_l2<Optimizer, Loss>();
    /// Negatives that are drawn anew in every epoch. A pointwise loss takes them as interactions of the value 0; a
    /// group_loss compares each interaction with its own, and needs some.
    negative_sampling negatives = {};
    /// The values of the interactions are their weights (counts, confidence), and their targets 1. Negatives weigh
    /// as much as the interaction that they are drawn for.
    bool values_are_weights = false;
    /// Weight of |w|^2 for each row and epoch, divided among the interactions of the row and added to l2. It
    /// keeps rows with few interactions from overfitting. 6 for squared_error, 0 for other losses and with weight decay.
    double row_l2 = detail::usual_row_l2<Optimizer, Loss>();
    graft::monitor monitor = {};      ///< what decides on the best epoch, instead of the validation loss
    std::size_t patience = 0;         ///< end after so many epochs without a better one; 0: run all
    bool keep_best = true;            ///< end with the weights of the best epoch, where something tells which
    bool shuffle = true;              ///< a new order every epoch; else the order of the data
    std::uint64_t seed = 0;           ///< of the orders and the negatives
    std::size_t threads = 1;          ///< 0 means all of the machine's; results do not depend on it
    table_rules users{};              ///< what may move in the user table
    table_rules items{};              ///< and in the item table
    std::size_t users_frozen_for = 0; ///< epochs at the start in which the user table is frozen
    std::size_t items_frozen_for = 0; ///< the same for the item table
    /// {path, every}: a file, replaced after every so many epochs, that the same call goes on from in a later process
    graft::checkpoint checkpoint = {};
    /// The checkpoint of an earlier run, whose moments and steps this one goes on with: of the same model, or of that
    /// which it has grown from (`grow`). Not its weights, which the model has.
    graft::checkpoint moments_of = {};
};

} // namespace graft::inline v0_1
