#pragma once

#include <cstddef>

#include <graft/core/host_device.hpp>

namespace graft::detail {

/// The threads that share a row. `Derived` has `count`, `index()`, and what they need of each other:
/// `shuffle_xor(x, mask)`, the x of lane index() ^ mask, and `sync()`, after which each sees what the others
/// wrote. All lanes of a row must come to each of these.
template <class Derived>
struct lane_group {
    /// The sum of x over all lanes, the same bits in each of them.
    template <class T>
    [[nodiscard]] GRAFT_HOST_DEVICE T sum(T x) const {
        const auto& self = static_cast<const Derived&>(*this);
        for (unsigned mask = Derived::count / 2; mask > 0; mask /= 2) x += self.shuffle_xor(x, mask);
        return x;
    }
};

/// A thread that has a row to itself.
struct one_lane : lane_group<one_lane> {
    static constexpr unsigned count = 1;
    [[nodiscard]] GRAFT_HOST_DEVICE unsigned index() const { return 0; }
    template <class T>
    [[nodiscard]] GRAFT_HOST_DEVICE T shuffle_xor(T x, unsigned) const {
        return x;
    }
    GRAFT_HOST_DEVICE void sync() const {}
};

/// What the lanes of a thread of a grid do: task(row, lanes) for every row that falls to them. first: the
/// row of their first turn; groups: rows that the whole grid takes in a turn.
template <class Task, class Lanes>
GRAFT_HOST_DEVICE inline void take_rows(const Task& task, std::size_t count, std::size_t first,
                                        std::size_t groups, const Lanes& lanes) {
    for (std::size_t row = first; row < count; row += groups) {
        task(row, lanes);
        lanes.sync();
    }
}

} // namespace graft::detail
