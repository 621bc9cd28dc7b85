#pragma once

#include <concepts>

namespace graft::inline v0_1 {

/// score = p . q, as the tutorial's dot product of two embeddings.
struct dot {
    static constexpr bool has_biases = false;
};

/// score = mean + b_user + b_item + p . q. The biases stand in the rows of their tables, after the factors.
struct biased {
    static constexpr bool has_biases = true;
};

template <class S>
concept scorer = std::same_as<S, dot> || std::same_as<S, biased>;

} // namespace graft::inline v0_1
