#pragma once

#include <graft/transfer/row_vectors.hpp>

namespace test {

/// Four rows of two values, of which row 1 has no vector.
inline graft::row_vectors three_of_four() {
    graft::row_vectors v(4, 2);
    v.set(0, Eigen::RowVector2f(1, 10));
    v.set(2, Eigen::RowVector2f(3, 10));
    v.set(3, Eigen::RowVector2d(5, 40));
    return v;
}

} // namespace test
