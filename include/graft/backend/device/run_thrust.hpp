#pragma once

#include <exception>
#include <string>

#include <graft/core/error.hpp>

namespace graft::detail {

/// work(policy): calls of Thrust's algorithms in a stream of a device. What Thrust throws ends as a
/// graft::error, as other failures of a device do.
template <class System, class Work>
void run_thrust(typename System::stream& stream, const Work& work) {
    try {
        auto&& policy = stream.policy();
        work(policy);
    } catch (const error&) {
        throw; // of the stream's own memory
    } catch (const std::exception& e) { throw error(std::string(System::name) + ": Thrust: " + e.what()); }
}

} // namespace graft::detail
