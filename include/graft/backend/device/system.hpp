#pragma once

#include <concepts>
#include <cstddef>

namespace graft::inline v0_1 {

/// Where a device_backend runs: a stateless type. What fails throws graft::error.
///
/// - `name`, and `check()`, which throws if there is no device.
/// - `memory`, and `staging`, memory of the host that copies may run from in the background:
///   `allocate(bytes)` and `deallocate(pointer)`.
/// - `stream`: work that is done in order, beside that of other streams. `copy(to, from, bytes)`,
///   `copy_rows(to, to_pitch, from, from_pitch, bytes, rows)` and `clear(memory, bytes)` between any memory
///   of host and device; `launch(count, task)`: task(row, lanes) for each row below count, see lanes.hpp;
///   `policy()` for Thrust's algorithms; `wait()` for all of it.
/// - `event`: a point in a stream's work. `stream.record(event)`, `stream.wait_for(event)`, `event.wait()`.
template <class S>
concept device_system = requires(typename S::stream stream, typename S::event event, void* memory,
                                 const void* from, std::size_t size) {
    { S::name } -> std::convertible_to<const char*>;
    S::check();
    { S::memory::allocate(size) } -> std::same_as<void*>;
    S::memory::deallocate(memory);
    { S::staging::allocate(size) } -> std::same_as<void*>;
    S::staging::deallocate(memory);
    stream.copy(memory, from, size);
    stream.copy_rows(memory, size, from, size, size, size);
    stream.clear(memory, size);
    stream.record(event);
    stream.wait_for(event);
    stream.policy();
    stream.wait();
    event.wait();
};

} // namespace graft::inline v0_1
