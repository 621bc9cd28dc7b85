#include "step.hpp"

namespace {

const bool added = [] {
    bench::add_all<graft::cpu>({.interactions = 1U << 17U, .batches = {256, 1024, 8192}, .threads = {1, 2}});
    return true;
}();

} // namespace
