#pragma once

#include <cstddef>
#include <vector>

#include <graft/core/random.hpp>

namespace test {

/// Numbers of the normal distribution.
template <class Scalar>
std::vector<Scalar> draw(std::size_t size, graft::random_engine& engine) {
    std::vector<Scalar> values(size);
    for (auto& v : values) v = static_cast<Scalar>(graft::draw_normal_pair(engine).first);
    return values;
}

} // namespace test
