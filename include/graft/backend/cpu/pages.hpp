#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>
#include <utility>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace graft::detail {

/// Memory for a table, at first 0, on huge pages where the system offers them: a row of a large table then
/// costs one look-up of its page, and growing moves page tables, not bytes.
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

    /// Keeps what fits; what is added is 0 unless it was there before a smaller size. Throws std::bad_alloc
    /// and then leaves everything as it was.
    void resize(std::size_t bytes) {
        if (bytes == bytes_) return;
        if (bytes == 0) return release();
#if defined(__linux__)
        if (rounded(bytes) != rounded(bytes_)) data_ = mapped(rounded(bytes));
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
#if defined(__linux__)
    static constexpr std::size_t huge = std::size_t{1} << 21U;

    /// What is mapped for so many bytes: whole huge pages, where it is at least one.
    static std::size_t rounded(std::size_t bytes) noexcept {
        const std::size_t unit = bytes < huge ? 4096 : huge;
        return (bytes + unit - 1) / unit * unit;
    }

    /// The mapping with another size. It starts at a huge page's boundary, old and new: where these differ
    /// the system would have to move and keep it in small pages.
    void* mapped(std::size_t bytes) {
        void* const room =
            ::mmap(nullptr, bytes + huge, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (room == MAP_FAILED) throw std::bad_alloc();
        char* const begin = static_cast<char*>(room);
        const std::size_t skipped = (huge - reinterpret_cast<std::uintptr_t>(room) % huge) % huge;
        char* const aligned = begin + skipped;
        void* const there = data_ == nullptr ? ::mmap(aligned, bytes, PROT_READ | PROT_WRITE,
                                                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0)
                                             : ::mremap(data_, rounded(bytes_), bytes,
                                                        MREMAP_MAYMOVE | MREMAP_FIXED, aligned);
        if (there == MAP_FAILED) {
            ::munmap(room, bytes + huge);
            throw std::bad_alloc();
        }
        if (skipped > 0) ::munmap(begin, skipped);
        if (skipped < huge) ::munmap(aligned + bytes, huge - skipped);
        if (bytes >= huge) ::madvise(there, bytes, MADV_HUGEPAGE);
        return there;
    }
#endif

    void release() noexcept {
        if (data_ == nullptr) return;
#if defined(__linux__)
        ::munmap(data_, rounded(bytes_));
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
