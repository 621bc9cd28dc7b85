#pragma once

#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <vector>

#include <graft/core/ids.hpp>
#include <graft/core/random.hpp>
#include <graft/data/interactions.hpp>

namespace graft::detail {

/// The interactions in the order of an epoch. `take` copies some of them, consecutive in this order, to
/// `users`, `items` and `values`.
class epoch_order {
public:
    explicit epoch_order(const interactions& data) : data_(data), order_(data.size()) {
        std::iota(order_.begin(), order_.end(), std::uint32_t{0});
    }
    void shuffle(random_engine& engine) { graft::shuffle(std::span(order_), engine); }

    void take(std::size_t begin, std::size_t count) {
        users.resize(count);
        items.resize(count);
        values.resize(count);
        for (std::size_t k = 0; k < count; ++k) {
            const std::size_t at = order_[begin + k];
            users[k] = data_.users()[at];
            items[k] = data_.items()[at];
            values[k] = data_.values()[at];
        }
    }

    std::vector<user_id> users;
    std::vector<item_id> items;
    std::vector<float> values;

private:
    const interactions& data_;
    std::vector<std::uint32_t> order_;
};

} // namespace graft::detail
