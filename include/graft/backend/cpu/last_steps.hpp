#pragma once

#include <cstddef>
#include <cstdint>

#include <graft/backend/cpu/pages.hpp>
#include <graft/backend/cpu/store.hpp>

namespace graft::detail {

/// The step that each row of a table is up to date with; 0: no step has touched it. It stands in the padding
/// of the row where there is room for it. Threads that write to one line of memory wait for each other, so
/// otherwise the steps of small tables have lines of their own: 1 MB a table at most.
template <class Scalar>
class last_steps {
public:
    /// Takes the memory that `start` needs, or throws std::bad_alloc.
    void reserve(const cpu_store<Scalar>& store, std::size_t threads) {
        apart_ = store.rows() == 0 || store.pitch() == store.width();
        if (!apart_) return;
        stride_ = threads > 1 && store.rows() <= small_table ? 64 : sizeof(std::uint32_t);
        own_.resize(store.rows() * stride_); // zeros
    }
    /// From here on there is a step for each row of the store, which has moments: 0.
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

} // namespace graft::detail
