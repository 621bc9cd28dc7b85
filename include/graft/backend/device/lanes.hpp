#pragma once

#include <cstddef>

#include <graft/core/host_device.hpp>

namespace graft::inline v0_1::detail {

/// The lanes of a row: the threads that work on it together. `Derived` has `count`, `index()`,
/// `shuffle_xor(x, mask)`, which gives the x of lane index() ^ mask, and `sync()`, after which each lane sees
/// what the others wrote. If one lane of a row calls one of the last two, all must.
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

/// The loop of one group of lanes: task(row, lanes) for rows first, first + groups .. below count. first: the
/// index of the group; groups: how many there are in the whole grid.
template <class Task, class Lanes>
GRAFT_HOST_DEVICE inline void take_rows(const Task& task, std::size_t count, std::size_t first,
                                        std::size_t groups, const Lanes& lanes) {
    for (std::size_t row = first; row < count; row += groups) {
        task(row, lanes);
        lanes.sync();
    }
}

} // namespace graft::inline v0_1::detail
