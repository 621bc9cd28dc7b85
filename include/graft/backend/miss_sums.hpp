#pragma once

#include <cmath>
#include <limits>

#include <graft/core/host_device.hpp>

namespace graft {

/// Bounds that scores are brought into before they are judged; none by default.
struct clip {
    double low = -std::numeric_limits<double>::infinity();
    double high = std::numeric_limits<double>::infinity();
};

/// What scores miss ratings by, added up.
struct miss_sums {
    double squares = 0;
    double absolutes = 0;

    GRAFT_HOST_DEVICE void add(double score, float rating, const clip& bounds) {
        const double clipped = score < bounds.low ? bounds.low : bounds.high < score ? bounds.high : score;
        const double miss = clipped - static_cast<double>(rating);
        squares += miss * miss;
        absolutes += std::abs(miss);
    }
    GRAFT_HOST_DEVICE void add(const miss_sums& others) {
        squares += others.squares;
        absolutes += others.absolutes;
    }
};

} // namespace graft
