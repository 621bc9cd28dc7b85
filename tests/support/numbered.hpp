#pragma once

#include <cstddef>
#include <vector>

#include <graft/data/interactions_builder.hpp>

/// Entries whose value is their position.
inline graft::interactions numbered(std::size_t size) {
    graft::interactions_builder builder;
    for (std::size_t i = 0; i < size; ++i) builder.add(i % 7, i, static_cast<float>(i));
    return builder.build();
}

inline std::vector<float> values(const graft::interactions& part) {
    return {part.values().begin(), part.values().end()};
}
