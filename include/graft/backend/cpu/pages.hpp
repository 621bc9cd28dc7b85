#pragma once

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <new>
#include <utility>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace graft::detail {

/// Zeroed memory for a table, on huge pages where the system offers them: a row of a large table then costs
/// one look-up of its page, and growing moves page tables, not bytes.
class pages {
public:
    pages() = default;
    explicit pages(std::size_t bytes) { resize(bytes); }
    pages(pages&& other) noexcept
        : data_(std::exchange(other.data_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}
    pages& operator=(pages&& other) noexcept {
        std::swap(data_, other.data_);
        std::swap(bytes_, other.bytes_);
        return *this;
    }
    ~pages() { release(); }

    [[nodiscard]] void* data() const noexcept { return data_; }
    [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

    /// Keeps what fits; what is new is 0. Throws std::bad_alloc and then leaves everything as it was.
    void resize(std::size_t bytes) {
        if (bytes == bytes_) return;
        if (bytes == 0) return release();
#if defined(__linux__)
        void* moved = data_ == nullptr
                          ? ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
                          : ::mremap(data_, bytes_, bytes, MREMAP_MAYMOVE);
        if (moved == MAP_FAILED) throw std::bad_alloc();
        if (bytes >= std::size_t{1} << 21U) ::madvise(moved, bytes, MADV_HUGEPAGE);
        data_ = moved;
#else
        void* moved = ::operator new (bytes, std::align_val_t{64});
        const std::size_t kept = bytes < bytes_ ? bytes : bytes_;
        if (kept > 0) std::memcpy(moved, data_, kept);
        std::memset(static_cast<char*>(moved) + kept, 0, bytes - kept);
        if (data_ != nullptr) ::operator delete (data_, std::align_val_t{64});
        data_ = moved;
#endif
        bytes_ = bytes;
    }

private:
    void release() noexcept {
        if (data_ == nullptr) return;
#if defined(__linux__)
        ::munmap(data_, bytes_);
#else
        ::operator delete (data_, std::align_val_t{64});
#endif
        data_ = nullptr;
        bytes_ = 0;
    }

    void* data_ = nullptr;
    std::size_t bytes_ = 0;
};

} // namespace graft::detail
