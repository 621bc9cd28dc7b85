#pragma once

#include <graft/core/host_device.hpp>
#include <graft/core/ids.hpp>

namespace graft::inline v0_1 {

template <class Scalar>
struct recommendation {
    item_id item;
    Scalar score;
};

namespace detail {

/// The order of recommendations: by score; equal scores by the lower item row; NaN last.
struct ranks_before {
    template <class Scalar>
    [[nodiscard]] GRAFT_HOST_DEVICE bool operator()(const recommendation<Scalar>& a,
                                                    const recommendation<Scalar>& b) const {
        const bool a_is_number = a.score == a.score;
        const bool b_is_number = b.score == b.score;
        if (a_is_number != b_is_number) return a_is_number;
        return a_is_number && a.score != b.score ? a.score > b.score : a.item < b.item;
    }
};

} // namespace detail

} // namespace graft::inline v0_1
