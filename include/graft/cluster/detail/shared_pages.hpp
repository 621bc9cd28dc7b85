#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <utility>
#include <vector>

#if defined(__linux__)
#include <fcntl.h>
#include <string>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#endif

#include <graft/cluster/detail/ranks.hpp>

namespace graft::inline v0_1::detail {

/// A piece of memory of each rank, which all ranks of a machine see: a rank's own piece first, and behind it those of the
/// others, by rank. Zeroed. It ends with the processes that have it.
class shared_pages {
public:
    shared_pages() = default;
    /// bytes: of a piece, whole pages, the same on all ranks, which make this at the same time. There is none, on all ranks,
    /// where they run on several machines, or one does not get it from the system.
    shared_pages(const ranks& all, std::size_t bytes) {
#if defined(__linux__)
        if (bytes == 0 || !all.share_a_machine()) return;
        const file own(bytes);
        std::vector<std::uint64_t> told(3 * all.size());
        const std::uint64_t mine[] = {static_cast<std::uint64_t>(::getpid()),
                                      static_cast<std::uint64_t>(own.number), own.serial};
        all.gather_each(std::span(mine), std::span(told));
        map(all, bytes, own, told);
        if (all.least(data_ == nullptr ? 0 : 1) == 0)
            release(); // also: nobody closes its file before all have it
#else
        static_cast<void>(all);
        static_cast<void>(bytes);
#endif
    }
    shared_pages(shared_pages&& other) noexcept { *this = std::move(other); }
    shared_pages& operator=(shared_pages&& other) noexcept {
        std::swap(data_, other.data_);
        std::swap(piece_, other.piece_);
        std::swap(pieces_, other.pieces_);
        return *this;
    }
    ~shared_pages() { release(); }

    /// Of which pieces are multiples.
    [[nodiscard]] static std::size_t page() noexcept {
#if defined(__linux__)
        return static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
#else
        return 4096;
#endif
    }
    /// The least bytes of a piece for `bytes`, of which rows of `row` bytes fill it.
    [[nodiscard]] static std::size_t piece_for(std::size_t bytes, std::size_t row) {
        const std::size_t unit = std::lcm(page(), row);
        return (std::max)((bytes + unit - 1) / unit, std::size_t{1}) * unit;
    }

    /// Of a piece; 0 if there is none.
    [[nodiscard]] std::size_t bytes() const noexcept { return piece_; }
    [[nodiscard]] char* own() const noexcept { return data_; }
    /// The n-th piece from the own one on.
    [[nodiscard]] char* piece(std::size_t n) const noexcept { return data_ + n * piece_; }

private:
#if defined(__linux__)
    /// A file of memory without a name.
    struct file {
        int number;
        std::uint64_t serial = 0;

        explicit file(std::size_t bytes) : number(::memfd_create("graft", MFD_CLOEXEC)) {
            struct stat found {};
            if (number < 0) return;
            if (::ftruncate(number, static_cast<off_t>(bytes)) == 0 && ::fstat(number, &found) == 0)
                serial = found.st_ino;
        }
        file(const file&) = delete;
        file& operator=(const file&) = delete;
        ~file() {
            if (number >= 0) ::close(number);
        }
    };

    void map(const ranks& all, std::size_t bytes, const file& own, const std::vector<std::uint64_t>& told) {
        void* const reserved = ::mmap(nullptr, all.size() * bytes, PROT_NONE,
                                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (reserved == MAP_FAILED) return;
        data_ = static_cast<char*>(reserved);
        piece_ = bytes;
        pieces_ = all.size();
        bool mapped = own.serial != 0 && map_piece(0, own.number);
        for (std::size_t rank = 0; rank < all.size() && mapped; ++rank)
            if (rank != all.me()) mapped = map_other(order_of(rank, all.me()), &told[3 * rank]);
        if (!mapped) release();
    }
    /// of: its process, its number there, and its serial number.
    bool map_other(std::size_t piece, const std::uint64_t* of) {
        const std::string path = "/proc/" + std::to_string(of[0]) + "/fd/" + std::to_string(of[1]);
        struct stat found {};
        if (::stat(path.c_str(), &found) != 0 || !S_ISREG(found.st_mode) || found.st_ino != of[2] ||
            found.st_size != static_cast<off_t>(piece_))
            return false; // of another container, where processes have other numbers
        const int number = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
        if (number < 0) return false;
        const bool mapped = map_piece(piece, number);
        ::close(number);
        return mapped;
    }
    bool map_piece(std::size_t piece, int number) {
        char* const at = data_ + piece * piece_;
        if (::mmap(at, piece_, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, number, 0) == MAP_FAILED)
            return false;
        ::madvise(at, piece_, MADV_HUGEPAGE);
        return true;
    }
#endif

    void release() noexcept {
#if defined(__linux__)
        if (data_ != nullptr) ::munmap(data_, pieces_ * piece_);
#endif
        data_ = nullptr;
        piece_ = pieces_ = 0;
    }

    char* data_ = nullptr;
    std::size_t piece_ = 0;
    std::size_t pieces_ = 0;
};

} // namespace graft::inline v0_1::detail
