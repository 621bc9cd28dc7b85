#pragma once

#include <cstddef>
#include <utility>

namespace graft::inline v0_1::detail {

/// An array in memory that `Memory::allocate` gives, of a type that needs no construction.
template <class T, class Memory>
class buffer {
public:
    buffer() = default;
    explicit buffer(std::size_t size) { reserve(size); }
    buffer(buffer&& other) noexcept
        : data_(std::exchange(other.data_, nullptr)), capacity_(std::exchange(other.capacity_, 0)) {}
    buffer& operator=(buffer&& other) noexcept {
        std::swap(data_, other.data_);
        std::swap(capacity_, other.capacity_);
        return *this;
    }
    ~buffer() { release(); }

    [[nodiscard]] T* data() const noexcept { return data_; }
    [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }

    /// Makes the capacity at least `size` values. Growing loses the contents. Throws graft::error.
    void reserve(std::size_t size) {
        if (size <= capacity_) return;
        release();
        data_ = static_cast<T*>(Memory::allocate(size * sizeof(T)));
        capacity_ = size;
    }
    void release() noexcept {
        if (data_ != nullptr) Memory::deallocate(data_);
        data_ = nullptr;
        capacity_ = 0;
    }

private:
    T* data_ = nullptr;
    std::size_t capacity_ = 0;
};

} // namespace graft::inline v0_1::detail
