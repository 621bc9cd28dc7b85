#pragma once

#include <cstddef>
#include <cstring>
#include <span>
#include <tuple>

#include <graft/backend/device/buffer.hpp>

namespace graft::inline v0_1::detail {

/// Arrays that the host sends to the device together: copied to staging memory, and from there in the
/// background.
template <class System>
class parcel {
    using stream = typename System::stream;

public:
    /// Sends the pieces with the stream `copies`, lets the stream `work` wait for them, and returns where
    /// they are on the device; nullptr for an empty piece. Waits before until the last pieces are no longer
    /// in use.
    template <class... T>
    std::tuple<const T*...> send(stream& copies, stream& work, std::span<const T>... pieces) {
        used_.wait();
        const std::size_t size = (std::size_t{0} + ... + whole_packs(pieces.size_bytes()));
        here_.reserve(size);
        there_.reserve(size);
        std::size_t at = 0;
        const std::tuple<const T*...> places{place(pieces, at)...}; // braces: from left to right
        copies.copy(there_.data(), here_.data(), size);
        copies.record(arrived_);
        work.wait_for(arrived_);
        return places;
    }
    /// To be called after the last work that reads the pieces.
    void record_use(stream& work) { work.record(used_); }

private:
    static std::size_t whole_packs(std::size_t bytes) { return (bytes + 15) / 16 * 16; }

    template <class T>
    const T* place(std::span<const T> piece, std::size_t& at) {
        const std::size_t begin = at;
        at += whole_packs(piece.size_bytes());
        if (piece.empty()) return nullptr;
        std::memcpy(here_.data() + begin, piece.data(), piece.size_bytes());
        return reinterpret_cast<const T*>(there_.data() + begin);
    }

    buffer<std::byte, typename System::staging> here_;
    buffer<std::byte, typename System::memory> there_;
    typename System::event arrived_;
    typename System::event used_;
};

} // namespace graft::inline v0_1::detail
