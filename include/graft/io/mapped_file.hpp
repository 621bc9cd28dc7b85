#pragma once

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <graft/core/error.hpp>
#include <graft/io/byte_stream.hpp>
#include <graft/io/pipe_stream.hpp>

#ifdef GRAFT_DETAIL_HAS_MMAP
#include <sys/mman.h>
#include <sys/stat.h>
#endif

namespace graft::inline v0_1::detail {

/// The bytes of a file, mapped where the system can and read where it cannot (pipes, other systems). The
/// system ends a program that looks at mapped bytes which another program has cut off (SIGBUS); nothing here
/// can turn that into an error. Replace a file by renaming another over it: then the old bytes stay.
class mapped_file {
public:
    /// What to do with a pipe: read all of it, or leave it for take_pipe.
    enum class pipes { read, leave };

    /// Throws io_error where the file cannot be opened or read.
    explicit mapped_file(const std::filesystem::path& path, pipes pipe = pipes::read) : path_(path) {
        std::error_code ignored;
        if (std::filesystem::is_directory(path, ignored))
            throw io_error(path.string() + ": this is a folder; give the path of a file");
#ifdef GRAFT_DETAIL_HAS_MMAP
        file_ = file_descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
        if (file_.number() < 0 || ::fstat(file_.number(), &status_) != 0) fail("cannot be opened");
        if (S_ISCHR(status_.st_mode) || S_ISBLK(status_.st_mode))
            throw io_error(path.string() + ": this is a device; give the path of a file");
        if (S_ISREG(status_.st_mode) && status_.st_size > 0) {
            const auto size = static_cast<std::size_t>(status_.st_size);
            void* const start = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file_.number(), 0);
            if (start != MAP_FAILED) {
                mapped_ = static_cast<const char*>(start);
                mapped_size_ = size;
                return;
            }
        }
        if (pipe == pipes::leave && !S_ISREG(status_.st_mode)) return;
        const auto rest = take_pipe();
        read([&](char* to, std::size_t size) { return rest->read(to, size); });
#else
        static_cast<void>(pipe);
        const auto close = [](std::FILE* file) { std::fclose(file); };
        const std::unique_ptr<std::FILE, decltype(close)> file(std::fopen(path.string().c_str(), "rb"),
                                                               close);
        if (!file) fail("cannot be opened");
        read([&](char* to, std::size_t size) { return std::fread(to, 1, size, file.get()); });
        if (std::ferror(file.get()) != 0) fail("cannot be read");
#endif
    }
    mapped_file(const mapped_file&) = delete;
    mapped_file& operator=(const mapped_file&) = delete;
    ~mapped_file() {
#ifdef GRAFT_DETAIL_HAS_MMAP
        if (mapped_ != nullptr) ::munmap(const_cast<char*>(mapped_), mapped_size_);
#endif
    }

    [[nodiscard]] std::string_view bytes() const noexcept {
        return mapped_ != nullptr ? std::string_view(mapped_, mapped_size_) : std::string_view(content_);
    }

    /// The pipe that was left; null for all other files.
    [[nodiscard]] std::unique_ptr<byte_stream> take_pipe() {
#ifdef GRAFT_DETAIL_HAS_MMAP
        if (mapped_ == nullptr && file_.number() >= 0)
            return std::make_unique<pipe_stream>(std::exchange(file_, file_descriptor(-1)), path_.string());
#endif
        return nullptr;
    }

    /// Throws io_error where a mapped file was written to since it was opened: what was read of it may be
    /// half of the old and half of the new.
    void check_unchanged() const {
#ifdef GRAFT_DETAIL_HAS_MMAP
        struct ::stat now {};
        if (mapped_ == nullptr || ::fstat(file_.number(), &now) != 0) return;
#if defined(__APPLE__)
        const bool later = now.st_mtime != status_.st_mtime;
#else
        const bool later =
            now.st_mtim.tv_sec != status_.st_mtim.tv_sec || now.st_mtim.tv_nsec != status_.st_mtim.tv_nsec;
#endif
        if (later || now.st_size != status_.st_size)
            throw io_error(path_.string() +
                           ": the file was written to while it was read; read it again when it is complete");
#endif
    }

    /// Gives back the memory of the bytes up to `end`, which come from the file again where they are read again. One
    /// thread at a time.
    void forget(std::size_t end) noexcept {
#if defined(GRAFT_DETAIL_HAS_MMAP) && defined(MADV_DONTNEED)
        constexpr std::size_t step = std::size_t{1} << 22U; // a multiple of any page
        const std::size_t whole = end / step * step;
        if (mapped_ == nullptr || whole <= forgotten_ || whole > mapped_size_) return;
        ::madvise(const_cast<char*>(mapped_) + forgotten_, whole - forgotten_, MADV_DONTNEED);
        forgotten_ = whole;
#else
        static_cast<void>(end);
#endif
    }

private:
    [[noreturn]] void fail(const char* what) const {
        throw io_error(path_.string() + ": " + what + ": " + std::generic_category().message(errno));
    }

    template <class Take>
    void read(Take&& take) {
        const auto piece = std::make_unique<char[]>(1U << 16U);
        while (const auto got = take(piece.get(), std::size_t{1} << 16U)) content_.append(piece.get(), got);
    }

    std::filesystem::path path_;
#ifdef GRAFT_DETAIL_HAS_MMAP
    file_descriptor file_{-1};
    struct ::stat status_ {};
#endif
    const char* mapped_ = nullptr;
    std::size_t mapped_size_ = 0;
    std::size_t forgotten_ = 0;
    std::string content_;
};

} // namespace graft::inline v0_1::detail
