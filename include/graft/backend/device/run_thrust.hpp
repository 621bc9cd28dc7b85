#pragma once

#include <exception>
#include <string>

#include <graft/core/error.hpp>

namespace graft::inline v0_1::detail {

/// Calls work(policy), which calls Thrust's algorithms in a stream. What Thrust throws becomes a
/// graft::error, like other failures of a device.
template <class System, class Work>
void run_thrust(typename System::stream& stream, const Work& work) {
    try {
        auto&& policy = stream.policy();
        work(policy);
    } catch (const error&) {
        throw; // of the stream's own memory
    } catch (const std::exception& e) { throw error(std::string(System::name) + ": Thrust: " + e.what()); }
}

} // namespace graft::inline v0_1::detail
