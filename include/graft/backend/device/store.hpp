#pragma once

#include <cstddef>
#include <cstring>
#include <limits>
#include <mutex>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include <graft/backend/device/buffer.hpp>
#include <graft/backend/device/pack.hpp>
#include <graft/core/error.hpp>
#include <graft/core/ids.hpp>

namespace graft::inline v0_1 {

/// The rows of a table on a device. A row is [weights | moment 1 | ..], each vector padded with 0 to whole
/// packs. Single rows are read and written in a copy in main memory. The whole copy is brought to the device,
/// or back, when the other side is next used.
template <class Scalar, class System>
class device_store {
public:
    /// All weights 0. Throws argument_error if the table could not be addressed, graft::error if there is no
    /// device or not the memory.
    device_store(std::size_t rows, std::size_t width)
        : rows_(rows), width_(width), pitch_(detail::padded<Scalar>(width)) {
        if (rows > max_rows || (width > 0 && rows > limit / 8 / pitch_))
            throw argument_error("table: " + std::to_string(rows) + " rows of " + std::to_string(width) +
                                 " numbers are more than can be addressed");
        System::check();
        make_host();
    }
    device_store(const device_store& other) : device_store(other.rows_, other.width_) { write_all(other); }
    device_store& operator=(const device_store& other) {
        if (this != &other) *this = device_store(other);
        return *this;
    }
    /// What is moved from has no rows.
    device_store(device_store&& other) noexcept { *this = std::move(other); }
    device_store& operator=(device_store&& other) noexcept {
        rows_ = std::exchange(other.rows_, 0);
        width_ = other.width_;
        pitch_ = other.pitch_;
        moments_ = other.moments_;
        host_ = std::move(other.host_);
        host_newer_ = std::exchange(other.host_newer_, false);
        device_newer_ = std::exchange(other.device_newer_, false);
        device_ = std::move(other.device_);
        return *this;
    }

    [[nodiscard]] std::size_t rows() const noexcept { return rows_; }
    [[nodiscard]] std::size_t width() const noexcept { return width_; }
    /// Values from the start of one vector of a row to that of the next.
    [[nodiscard]] std::size_t pitch() const noexcept { return pitch_; }
    /// Values from one row to the next.
    [[nodiscard]] std::size_t stride() const noexcept { return pitch_ * (1 + moments_); }

    /// The rows on the device, up to date.
    [[nodiscard]] const Scalar* device() const {
        const std::lock_guard lock(mutex_);
        to_device();
        return device_.data();
    }
    /// The same, to write to.
    [[nodiscard]] Scalar* device_to_write() {
        const std::lock_guard lock(mutex_);
        to_device();
        device_newer_ = true;
        host_ = {}; // the table lives on the device
        return device_.data();
    }

    /// The rows in main memory, up to date until the device next writes to them: [rows x pitch].
    [[nodiscard]] const Scalar* host() const {
        const std::lock_guard lock(mutex_);
        to_host();
        return host_.data();
    }

    /// Gives each weight `moments` zeroed moments, or drops them all (0). Does nothing if there are as many
    /// already. O(rows width).
    void set_moments(std::size_t moments) {
        if (moments == moments_) return;
        const std::lock_guard lock(mutex_);
        to_device();
        device_rows moved(rows_ * pitch_ * (1 + moments));
        typename System::stream stream;
        stream.clear(moved.data(), rows_ * pitch_ * (1 + moments) * sizeof(Scalar));
        copy_rows(stream, moved.data(), pitch_ * (1 + moments), device_.data(), stride());
        stream.wait();
        device_ = std::move(moved);
        moments_ = moments;
    }

    /// set_moments(0). If the device fails at that, the weights are brought to main memory. If that fails,
    /// too, they stay on the device, and who reads them gets the device's error.
    void drop_moments() noexcept {
        try {
            set_moments(0);
        } catch (...) {
            try {
                const std::lock_guard lock(mutex_);
                to_host();
                device_ = {};
                host_newer_ = true;
                moments_ = 0;
            } catch (...) {}
        }
    }

    /// Writes weights `from` .. `from + count` of row r.
    void write(std::size_t r, std::size_t from, const Scalar* values, std::size_t count) {
        const std::lock_guard lock(mutex_);
        to_host();
        std::memcpy(host_.data() + r * pitch_ + from, values, count * sizeof(Scalar));
        host_newer_ = true;
    }
    /// Reads them.
    void read(std::size_t r, std::size_t from, Scalar* values, std::size_t count) const {
        const std::lock_guard lock(mutex_);
        to_host();
        std::memcpy(values, host_.data() + r * pitch_ + from, count * sizeof(Scalar));
    }
    /// All weights, [rows x width], row after row.
    void read_all(Scalar* values) const {
        for (std::size_t r = 0; r < rows_; ++r) read(r, 0, values + r * width_, width_);
    }
    void write_all(const Scalar* values) {
        for (std::size_t r = 0; r < rows_; ++r) write(r, 0, values + r * width_, width_);
    }
    /// Those of a store of the same shape.
    void write_all(const device_store& other) {
        if (this == &other) return;
        const std::scoped_lock lock(mutex_, other.mutex_);
        other.to_host();
        host_ = other.host_;
        device_newer_ = false;
        host_newer_ = true;
    }

private:
    using device_rows = detail::buffer<Scalar, typename System::memory>;
    static constexpr std::size_t limit =
        static_cast<std::size_t>((std::numeric_limits<std::ptrdiff_t>::max)()) / sizeof(Scalar);

    void make_host() const {
        try {
            host_.assign(rows_ * pitch_, Scalar(0));
        } catch (const std::bad_alloc&) {
            throw error("table: the system does not give the " +
                        std::to_string(rows_ * pitch_ * sizeof(Scalar)) + " bytes for " +
                        std::to_string(rows_) + " rows of " + std::to_string(width_) + " numbers");
        }
    }
    void copy_rows(typename System::stream& stream, Scalar* to, std::size_t to_stride, const Scalar* from,
                   std::size_t from_stride) const {
        stream.copy_rows(to, to_stride * sizeof(Scalar), from, from_stride * sizeof(Scalar),
                         pitch_ * sizeof(Scalar), rows_);
    }
    void to_host() const {
        if (host_.size() != rows_ * pitch_) make_host();
        if (!device_newer_) return;
        typename System::stream stream;
        copy_rows(stream, host_.data(), pitch_, device_.data(), stride());
        stream.wait();
        device_newer_ = false;
    }
    void to_device() const {
        if (device_.capacity() < rows_ * stride()) { // only before there are moments
            device_.reserve(rows_ * stride());
            host_newer_ = true;
        }
        if (!host_newer_) return;
        typename System::stream stream;
        copy_rows(stream, device_.data(), stride(), host_.data(), pitch_);
        stream.wait();
        host_newer_ = false;
    }

    std::size_t rows_ = 0;
    std::size_t width_ = 0;
    std::size_t pitch_ = 0;
    std::size_t moments_ = 0;
    // Reading may bring rows over, also from several threads.
    mutable std::mutex mutex_;
    mutable std::vector<Scalar> host_; // [rows x pitch], or nothing while only the device has them
    mutable bool host_newer_ = true;
    mutable bool device_newer_ = false;
    mutable device_rows device_; // [rows x stride]
};

} // namespace graft::inline v0_1
