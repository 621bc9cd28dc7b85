#pragma once

#include <cstddef>
#include <cstring>
#include <limits>
#include <new>
#include <string>
#include <utility>

#include <Eigen/Core>

#include <graft/backend/cpu/pages.hpp>
#include <graft/core/error.hpp>
#include <graft/core/ids.hpp>

namespace graft::inline v0_1 {

/// The rows of a table in main memory. A row is [weights | moment 1 | ..]: vectors that start `pitch` values
/// apart, so that a training step finds the whole row in one place. It has moments only while a trainer has
/// the table. In a small table each vector starts at a cache line.
template <class Scalar>
class cpu_store {
public:
    /// All weights 0. padded: vectors of a small table start at cache lines; else each is right behind the one
    /// before. Throws argument_error if the table could not be addressed, graft::error if there is not the
    /// memory.
    cpu_store(std::size_t rows, std::size_t width, bool padded = true)
        : rows_(rows), width_(width), pitch_(width) {
        if (rows > max_rows || (width > 0 && rows > limit / 8 / width))
            throw argument_error("table: " + std::to_string(rows) + " rows of " + std::to_string(width) +
                                 " numbers are more than can be addressed");
        constexpr std::size_t line = 64 / sizeof(Scalar);
        const std::size_t whole_lines = (width + line - 1) / line * line;
        if (padded && rows * (whole_lines - width) <= most_padding) pitch_ = whole_lines;
        allocate(0);
    }
    cpu_store(const cpu_store& other) : cpu_store(other.rows_, other.width_, other.pitch_ != other.width_) {
        write_all(other);
    }
    cpu_store& operator=(const cpu_store& other) {
        if (this != &other) *this = cpu_store(other);
        return *this;
    }
    /// What is moved from has no rows.
    cpu_store(cpu_store&& other) noexcept
        : rows_(std::exchange(other.rows_, 0)), width_(other.width_), pitch_(other.pitch_),
          moments_(other.moments_), spare_(other.spare_), pages_(std::move(other.pages_)) {}
    cpu_store& operator=(cpu_store&& other) noexcept {
        rows_ = std::exchange(other.rows_, 0);
        width_ = other.width_;
        pitch_ = other.pitch_;
        moments_ = other.moments_;
        spare_ = other.spare_;
        pages_ = std::move(other.pages_);
        return *this;
    }

    [[nodiscard]] std::size_t rows() const noexcept { return rows_; }
    [[nodiscard]] std::size_t width() const noexcept { return width_; }
    /// Values from the start of one vector of a row to that of the next.
    [[nodiscard]] std::size_t pitch() const noexcept { return pitch_; }
    /// Values from one row to the next.
    [[nodiscard]] std::size_t stride() const noexcept { return pitch_ * (1 + moments_); }
    [[nodiscard]] Scalar* row(std::size_t r) noexcept { return data() + r * stride(); }
    [[nodiscard]] const Scalar* row(std::size_t r) const noexcept { return data() + r * stride(); }

    [[nodiscard]] bool has_moments(std::size_t moments) const noexcept { return moments_ == moments; }

    /// Adds `moments` zeroed moments for each weight to a store without any. Rows are moved in place, so
    /// there is never a second copy of the table. Throws graft::error if there is not enough memory, and then
    /// changes nothing. O(rows width).
    void add_moments(std::size_t moments) {
        allocate(moments);
        moments_ = moments;
        for (std::size_t r = rows_; r-- > 0;) {
            std::memmove(row(r), data() + r * pitch_, pitch_ * sizeof(Scalar));
            std::memset(static_cast<void*>(row(r) + pitch_), 0, (stride() - pitch_) * sizeof(Scalar));
        }
    }
    /// Drops all moments, and what is behind the last row. O(rows width).
    void drop_moments() noexcept {
        if (moments_ == 0 && spare_ == 0) return;
        const std::size_t stride_before = stride();
        moments_ = 0;
        spare_ = 0;
        for (std::size_t r = 0; r < rows_; ++r)
            std::memmove(row(r), data() + r * stride_before, pitch_ * sizeof(Scalar));
        try {
            pages_.resize(bytes_with(0));
        } catch (const std::bad_alloc&) { // shrinking can need memory, too; the pages are then kept
        }
    }

    /// Memory for `rows` more rows behind the last, which are none of the table's: its owner may keep there what stands
    /// beside them for a while. Throws as add_moments.
    void reserve_behind(std::size_t rows) {
        const std::size_t before = std::exchange(spare_, rows);
        try {
            allocate(moments_);
        } catch (...) {
            spare_ = before;
            throw;
        }
    }

    /// Moves all rows to other memory, of rows() x stride() numbers, which must be there until a change of the moments or
    /// `move_back` has moved them again.
    void move_to(void* memory) noexcept { pages_.move_to(memory); }
    /// Moves them back; false if there is not the memory.
    bool move_back() noexcept {
        try {
            pages_.move_back();
        } catch (const std::bad_alloc&) {}
        return !pages_.are_borrowed();
    }

    /// Writes weights `from` .. `from + count` of row r.
    void write(std::size_t r, std::size_t from, const Scalar* values, std::size_t count) {
        std::memcpy(row(r) + from, values, count * sizeof(Scalar));
    }
    /// Reads them.
    void read(std::size_t r, std::size_t from, Scalar* values, std::size_t count) const {
        std::memcpy(values, row(r) + from, count * sizeof(Scalar));
    }
    /// All weights, [rows x width], row after row.
    void read_all(Scalar* values) const {
        for (std::size_t r = 0; r < rows_; ++r) read(r, 0, values + r * width_, width_);
    }
    void write_all(const Scalar* values) {
        for (std::size_t r = 0; r < rows_; ++r) write(r, 0, values + r * width_, width_);
    }
    /// Those of a store of the same shape.
    void write_all(const cpu_store& other) {
        for (std::size_t r = 0; r < rows_; ++r) write(r, 0, other.row(r), width_);
    }

private:
    static constexpr std::size_t most_padding = 1 << 18; // values, of each vector in all rows
    static constexpr std::size_t limit =
        static_cast<std::size_t>(std::numeric_limits<std::ptrdiff_t>::max()) / sizeof(Scalar);

    [[nodiscard]] Scalar* data() const noexcept { return static_cast<Scalar*>(pages_.data()); }
    void allocate(std::size_t moments) {
        try {
            pages_.resize(bytes_with(moments));
        } catch (const std::bad_alloc&) {
            throw error("table: the system does not give the " + std::to_string(bytes_with(moments)) +
                        " bytes for " + std::to_string(rows_) + " rows of " + std::to_string(width_) +
                        " numbers" +
                        (moments == 0 ? "" : " with " + std::to_string(moments) + " moments of each"));
        }
    }
    [[nodiscard]] std::size_t bytes_with(std::size_t moments) const noexcept {
        return (rows_ + spare_) * pitch_ * (1 + moments) * sizeof(Scalar);
    }

    std::size_t rows_;
    std::size_t width_;
    std::size_t pitch_;
    std::size_t moments_ = 0;
    std::size_t spare_ = 0; // rows behind the table's
    detail::pages pages_;
};

} // namespace graft::inline v0_1
