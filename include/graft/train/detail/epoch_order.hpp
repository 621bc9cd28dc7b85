#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <vector>

#include <graft/backend/training_engine.hpp>
#include <graft/core/counter_random.hpp>
#include <graft/core/ids.hpp>
#include <graft/core/random.hpp>
#include <graft/core/thread_pool.hpp>
#include <graft/data/interactions.hpp>
#include <graft/train/detail/negative_sampler.hpp>

namespace graft::inline v0_1::detail {

/// The negatives that follow each interaction.
struct drawn_negatives {
    const negative_sampler* sampler = nullptr; ///< nullptr: none
    std::size_t per_positive = 0;
    std::uint64_t seed = 0;
};

/// Interactions that a trainer takes.
struct epoch_part {
    std::vector<user_id> users;
    std::vector<item_id> items;
    std::vector<float> targets;
    std::vector<float> weights; ///< or none

    [[nodiscard]] training_data view() const { return {users, items, targets, weights}; }
};

/// The interactions in the order of an epoch, each with its negatives after it. `take` copies some of them,
/// consecutive in this order, to `part`. What is drawn is a function of the
/// seed, the epoch and the interaction, whatever the order and the number of threads.
class epoch_order {
public:
    /// values_are_weights: the values are weights, and the targets 1.
    epoch_order(const interactions& data, bool values_are_weights = false,
                const drawn_negatives& negatives = {}, std::size_t threads = 1)
        : data_(data), values_are_weights_(values_are_weights), negatives_(negatives), order_(data.size()),
          pool_(negatives.sampler == nullptr ? 1 : threads) {
        std::iota(order_.begin(), order_.end(), std::uint32_t{0});
    }
    void shuffle(random_engine& engine) { graft::shuffle(std::span(order_), engine); }

    /// An interaction and its negatives.
    [[nodiscard]] std::size_t group() const noexcept { return 1 + negatives_.per_positive; }

    void take(std::size_t begin, std::size_t count, std::uint64_t epoch) {
        part.users.resize(count * group());
        part.items.resize(count * group());
        part.targets.resize(count * group());
        part.weights.resize(values_are_weights_ ? count * group() : 0);
        pool_.run([&](std::size_t thread) {
            const std::size_t end = count * (thread + 1) / pool_.size();
            // First all copies, which wait for memory at once, and then what is drawn.
            const std::size_t first = count * thread / pool_.size();
            for (std::size_t k = first; k < end; ++k) copy(order_[begin + k], k * group());
            if (group() == 1) return;
            for (std::size_t k = first; k < end; ++k) draw(order_[begin + k], k * group(), epoch);
        });
    }

    epoch_part part;

private:
    void copy(std::size_t from, std::size_t to) {
        const float value = data_.values()[from];
        const std::size_t size = group();
        std::fill_n(&part.users[to], size, data_.users()[from]);
        std::fill_n(&part.targets[to], size, 0.0F);
        if (values_are_weights_) std::fill_n(&part.weights[to], size, value);
        part.items[to] = data_.items()[from];
        part.targets[to] = values_are_weights_ ? 1.0F : value;
    }
    void draw(std::size_t from, std::size_t to, std::uint64_t epoch) {
        const counter_random random(negatives_.seed, epoch, from);
        negatives_.sampler->draw(part.users[to], random, std::span(&part.items[to + 1], group() - 1));
    }

    const interactions& data_;
    bool values_are_weights_;
    drawn_negatives negatives_;
    std::vector<std::uint32_t> order_;
    thread_pool pool_;
};

} // namespace graft::inline v0_1::detail
