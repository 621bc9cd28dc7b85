#pragma once

#include <cstddef>
#include <cstdint>

#include <graft/loss/loss.hpp>
#include <graft/loss/squared_error.hpp>
#include <graft/optim/adam.hpp>
#include <graft/optim/optimizer.hpp>
#include <graft/optim/schedule.hpp>
#include <graft/optim/table_rules.hpp>

namespace graft {

template <optimizer Optimizer = adam, loss Loss = squared_error>
struct fit_options {
    std::size_t epochs = 10;
    std::size_t batch_size = 256; ///< interactions per step; the last of an epoch may be shorter
    Optimizer optimizer = {};
    Loss loss = {};
    graft::schedule schedule = {}; ///< factor on the learning rate by epoch
    double l2 = 0.0;               ///< as in trainer_options
    /// Weight of |w|^2 for each row and epoch, divided among the interactions of the row and added to l2. It
    /// keeps rows with few interactions from overfitting.
    double row_l2 = 0.0;
    std::size_t patience = 0; ///< end after so many epochs without a lower validation loss; 0: run all
    bool keep_best = true;    ///< end with the weights of the epoch with the least validation loss
    bool shuffle = true;      ///< a new order every epoch; else the order of the data
    std::uint64_t seed = 0;   ///< of the orders
    std::size_t threads = 1;  ///< 0 means all of the machine's; results do not depend on it
    table_rules users{};      ///< what may move in the user table
    table_rules items{};      ///< and in the item table
    std::size_t users_frozen_for = 0; ///< epochs at the start in which the user table is frozen
    std::size_t items_frozen_for = 0; ///< the same for the item table
};

} // namespace graft
