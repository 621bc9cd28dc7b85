#include <graft/backend/scorer.hpp>

namespace {

struct with_biases_of_its_own {
    [[maybe_unused]] static constexpr bool has_biases = true;
};

static_assert(graft::scorer<graft::dot> && !graft::dot::has_biases);
static_assert(graft::scorer<graft::biased> && graft::biased::has_biases);
static_assert(!graft::scorer<with_biases_of_its_own>); // engines know the two alone

} // namespace
