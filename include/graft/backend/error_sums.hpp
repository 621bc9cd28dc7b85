#pragma once

#include <cmath>

#include <graft/core/clip.hpp>
#include <graft/core/host_device.hpp>

namespace graft::inline v0_1 {

/// The errors of scores against ratings, added up.
struct error_sums {
    double squares = 0;
    double absolutes = 0;

    GRAFT_HOST_DEVICE void add(double score, float rating, const clip& bounds) {
        const double clipped = score < bounds.low ? bounds.low : bounds.high < score ? bounds.high : score;
        const double error = clipped - static_cast<double>(rating);
        squares += error * error;
        absolutes += std::abs(error);
    }
    GRAFT_HOST_DEVICE void add(const error_sums& others) {
        squares += others.squares;
        absolutes += others.absolutes;
    }
};

} // namespace graft::inline v0_1
