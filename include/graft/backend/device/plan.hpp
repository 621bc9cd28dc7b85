#pragma once

#include <cstddef>
#include <cstdint>
#include <thrust/for_each.h>
#include <thrust/iterator/counting_iterator.h>
#include <thrust/scan.h>
#include <thrust/sort.h>

#include <graft/backend/device/buffer.hpp>
#include <graft/backend/device/run_thrust.hpp>
#include <graft/core/host_device.hpp>

namespace graft::inline v0_1::detail {

/// One side (users or items) of a group of steps. It has a slot for each row that occurs in a step, ascending
/// by step and row, with the places (in the group) where the row occurs.
struct side_view {
    const std::uint32_t* scan;   // [places] by sorted position: 1 + the slot that it belongs to
    const std::uint32_t* rows;   // [slots]
    const std::uint32_t* begin;  // [slots + 1] sorted positions
    const std::uint32_t* places; // [places] by sorted position, ascending within a slot
    const std::uint32_t* slot;   // [places] by place

    /// The slots of the step whose places are [begin, end).
    [[nodiscard]] GRAFT_HOST_DEVICE std::uint32_t first_slot(std::uint32_t begin_place) const {
        return scan[begin_place] - 1;
    }
    [[nodiscard]] GRAFT_HOST_DEVICE std::uint32_t end_slot(std::uint32_t end_place) const {
        return scan[end_place - 1];
    }
};

template <class Id>
struct write_key {
    const Id* ids;
    std::size_t batch;
    std::uint64_t* keys;
    std::uint32_t* places;
    GRAFT_HOST_DEVICE void operator()(std::size_t place) const {
        keys[place] =
            static_cast<std::uint64_t>(place / batch) << 32U | static_cast<std::uint32_t>(ids[place]);
        places[place] = static_cast<std::uint32_t>(place);
    }
};
struct write_head {
    const std::uint64_t* keys;
    std::uint32_t* head;
    GRAFT_HOST_DEVICE void operator()(std::size_t at) const {
        head[at] = at == 0 || keys[at] != keys[at - 1] ? 1 : 0;
    }
};
struct write_slot {
    const std::uint64_t* keys;
    const std::uint32_t* places;
    const std::uint32_t* scan;
    std::size_t size;
    std::uint32_t* rows;
    std::uint32_t* begin;
    std::uint32_t* slot;
    GRAFT_HOST_DEVICE void operator()(std::size_t at) const {
        const std::uint32_t mine = scan[at] - 1;
        if (at == 0 || keys[at] != keys[at - 1]) {
            rows[mine] = static_cast<std::uint32_t>(keys[at]);
            begin[mine] = static_cast<std::uint32_t>(at);
        }
        slot[places[at]] = mine;
        if (at + 1 == size) begin[mine + 1] = static_cast<std::uint32_t>(size);
    }
};

/// Makes a side_view of ids that lie on the device: one stable sort for a whole group of steps.
template <class System>
class side_plan {
public:
    /// ids: [size], `batch` of each step, on the device.
    template <class Id>
    side_view make(typename System::stream& stream, const Id* ids, std::size_t size, std::size_t batch) {
        keys_.reserve(size);
        for (auto* array : {&scan_, &rows_, &places_, &slot_}) array->reserve(size);
        begin_.reserve(size + 1);
        const thrust::counting_iterator<std::size_t> first(0);
        run_thrust<System>(stream, [&](auto& policy) {
            thrust::for_each_n(policy, first, size, write_key<Id>{ids, batch, keys_.data(), places_.data()});
            thrust::stable_sort_by_key(policy, keys_.data(), keys_.data() + size, places_.data());
            thrust::for_each_n(policy, first, size, write_head{keys_.data(), scan_.data()});
            thrust::inclusive_scan(policy, scan_.data(), scan_.data() + size, scan_.data());
            thrust::for_each_n(policy, first, size,
                               write_slot{keys_.data(), places_.data(), scan_.data(), size, rows_.data(),
                                          begin_.data(), slot_.data()});
        });
        return {scan_.data(), rows_.data(), begin_.data(), places_.data(), slot_.data()};
    }

private:
    using list = buffer<std::uint32_t, typename System::memory>;
    buffer<std::uint64_t, typename System::memory> keys_;
    list scan_, rows_, begin_, places_, slot_;
};

} // namespace graft::inline v0_1::detail
