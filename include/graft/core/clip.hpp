#pragma once

#include <limits>

namespace graft::inline v0_1 {

/// Bounds that scores are brought into before they are judged; none by default.
struct clip {
    double low = -std::numeric_limits<double>::infinity();
    double high = std::numeric_limits<double>::infinity();
};

} // namespace graft::inline v0_1
