#pragma once

#include <cstddef>
#include <cstdint>

#include <graft/backend/cpu/pages.hpp>
#include <graft/backend/cpu/store.hpp>

namespace graft::inline v0_1::detail {

/// For each row of a table the step that it is up to date with, or 0 if no step has touched it. It is stored
/// in the padding of the row if there is any. Otherwise the steps are in an array. For several threads each
/// step of a small table then has a cache line to itself (1 MB a table at most), since threads that write to
/// the same line wait for each other.
template <class Scalar>
class last_steps {
public:
    /// Allocates what `start` needs. Throws std::bad_alloc.
    void reserve(const cpu_store<Scalar>& store, std::size_t threads) {
        apart_ = store.rows() == 0 || store.pitch() == store.width();
        if (!apart_) return;
        stride_ = stride_for(store.rows(), threads);
        own_.resize(store.rows() * stride_); // zeros
    }
    /// Bytes from one step to the next where they are apart from the rows.
    [[nodiscard]] static std::size_t stride_for(std::size_t rows, std::size_t threads) noexcept {
        return threads > 1 && rows <= small_table ? 64 : sizeof(std::uint32_t);
    }
    /// Sets the steps of all rows to 0. The store must already have its moments.
    void start(cpu_store<Scalar>& store) noexcept {
        rows_ = store.rows();
        if (apart_) {
            first_ = static_cast<char*>(own_.data());
            return;
        }
        stride_ = store.stride() * sizeof(Scalar);
        first_ = reinterpret_cast<char*>(store.row(0) + store.width());
        for (std::size_t r = 0; r < rows_; ++r) (*this)[r] = 0;
    }
    /// Moves the steps, which stand apart from their rows, to memory that outlasts this, where they are so many bytes apart.
    void move_to(void* memory, std::size_t stride) noexcept {
        for (std::size_t r = 0; r < rows_; ++r)
            *reinterpret_cast<std::uint32_t*>(static_cast<char*>(memory) + r * stride) = (*this)[r];
        first_ = static_cast<char*>(memory);
        stride_ = stride;
        own_.resize(0);
    }
    /// 0 before `start`.
    [[nodiscard]] std::size_t rows() const noexcept { return rows_; }
    [[nodiscard]] bool are_apart_from_rows() const noexcept { return rows_ > 0 && apart_; }
    [[nodiscard]] std::uint32_t& operator[](std::size_t row) const noexcept {
        return *reinterpret_cast<std::uint32_t*>(first_ + row * stride_);
    }

private:
    static constexpr std::size_t small_table = std::size_t{1} << 14U; // rows
    pages own_;
    char* first_ = nullptr;
    std::size_t stride_ = 0; // bytes
    std::size_t rows_ = 0;
    bool apart_ = false;
};

} // namespace graft::inline v0_1::detail
