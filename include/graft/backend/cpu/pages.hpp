#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>
#include <utility>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace graft::inline v0_1::detail {

/// Zeroed memory for a table, on huge pages where the system has them. Reading a row of a large table then
/// takes fewer look-ups of pages, and growing moves page tables instead of bytes.
class pages {
public:
    pages() = default;
    explicit pages(std::size_t bytes) { resize(bytes); }
    pages(pages&& other) noexcept
        : data_(std::exchange(other.data_, nullptr)), bytes_(std::exchange(other.bytes_, 0)),
          borrowed_(std::exchange(other.borrowed_, false)) {}
    pages& operator=(pages&& other) noexcept {
        std::swap(data_, other.data_);
        std::swap(bytes_, other.bytes_);
        std::swap(borrowed_, other.borrowed_);
        return *this;
    }
    ~pages() { release(); }

    [[nodiscard]] void* data() const noexcept { return data_; }
    [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

    /// Keeps the bytes that fit. Added bytes are 0, unless they were in use before the memory shrank. Throws
    /// std::bad_alloc, and then changes nothing.
    void resize(std::size_t bytes) {
        if (bytes == bytes_) return;
        if (bytes == 0) return release();
        if (borrowed_) return move_to_own(bytes);
#if defined(__linux__)
        if (rounded(bytes) != rounded(bytes_)) data_ = mapped(rounded(bytes));
#else
        if (data_ != nullptr) return move_to_own(bytes);
        data_ = ::operator new (bytes, std::align_val_t{64});
        std::memset(data_, 0, bytes);
#endif
        bytes_ = bytes;
    }

    /// Moves the bytes to other memory, which must be there until `resize` or `move_back` has moved them again.
    void move_to(void* memory) noexcept {
        if (bytes_ > 0) std::memcpy(memory, data_, bytes_);
        const std::size_t bytes = bytes_;
        release();
        data_ = memory;
        bytes_ = bytes;
        borrowed_ = true;
    }
    /// Moves them back. Throws std::bad_alloc, and then changes nothing.
    void move_back() {
        if (borrowed_) move_to_own(bytes_);
    }
    [[nodiscard]] bool are_borrowed() const noexcept { return borrowed_; }

private:
    void move_to_own(std::size_t bytes) {
        pages own(bytes);
        const std::size_t kept = (std::min)(bytes, bytes_);
        if (kept > 0) std::memcpy(own.data_, data_, kept);
        *this = std::move(own);
    }

#if defined(__linux__)
    static constexpr std::size_t huge = std::size_t{1} << 21U;

    /// The bytes that are mapped for `bytes`: whole pages, from 2 MB on whole huge pages.
    static std::size_t rounded(std::size_t bytes) noexcept {
        const std::size_t unit = bytes < huge ? 4096 : huge;
        return (bytes + unit - 1) / unit * unit;
    }

    /// Maps `bytes`, with the contents so far. Both the old and the new mapping start at a huge page's
    /// boundary: otherwise the system would have to move small pages one by one, and they would stay small.
    void* mapped(std::size_t bytes) {
        void* const reserved =
            ::mmap(nullptr, bytes + huge, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (reserved == MAP_FAILED) throw std::bad_alloc();
        char* const begin = static_cast<char*>(reserved);
        const std::size_t skipped = (huge - reinterpret_cast<std::uintptr_t>(reserved) % huge) % huge;
        char* const aligned = begin + skipped;
        void* const there = data_ == nullptr ? ::mmap(aligned, bytes, PROT_READ | PROT_WRITE,
                                                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0)
                                             : ::mremap(data_, rounded(bytes_), bytes,
                                                        MREMAP_MAYMOVE | MREMAP_FIXED, aligned);
        if (there == MAP_FAILED) {
            ::munmap(reserved, bytes + huge);
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
        if (!borrowed_) {
#if defined(__linux__)
            ::munmap(data_, rounded(bytes_));
#else
            ::operator delete (data_, std::align_val_t{64});
#endif
        }
        data_ = nullptr;
        bytes_ = 0;
        borrowed_ = false;
    }

    void* data_ = nullptr;
    std::size_t bytes_ = 0;
    bool borrowed_ = false; // the memory
};

} // namespace graft::inline v0_1::detail
