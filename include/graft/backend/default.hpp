#pragma once

#include <graft/backend/cpu/cpu.hpp>

namespace graft {

/// The backend of a recommender that names none.
using default_backend = cpu;

} // namespace graft
