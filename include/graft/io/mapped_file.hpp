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

#if defined(__unix__) || defined(__APPLE__)
#define GRAFT_DETAIL_HAS_MMAP
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#endif

#include <graft/core/error.hpp>

namespace graft::detail {

/// The bytes of a file, mapped where the system can and read where it cannot (pipes, other systems).
class mapped_file {
public:
    /// Throws io_error where the file cannot be opened or read.
    explicit mapped_file(const std::filesystem::path& path) {
        std::error_code ignored;
        if (std::filesystem::is_directory(path, ignored))
            throw io_error(path.string() + ": this is a folder; give the path of a file");
#ifdef GRAFT_DETAIL_HAS_MMAP
        const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
        if (file < 0) fail(path, "cannot be opened");
        struct ::stat status {};
        if (::fstat(file, &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0) {
            const auto size = static_cast<std::size_t>(status.st_size);
            void* const start = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file, 0);
            if (start != MAP_FAILED) {
                mapped_ = static_cast<const char*>(start);
                mapped_size_ = size;
            }
        }
        if (S_ISCHR(status.st_mode) || S_ISBLK(status.st_mode)) {
            ::close(file);
            throw io_error(path.string() + ": this is a device; give the path of a file");
        }
        if (mapped_ == nullptr)
            read(::fdopen(file, "rb"), path);
        else
            ::close(file);
#else
        read(std::fopen(path.string().c_str(), "rb"), path);
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

private:
    [[noreturn]] static void fail(const std::filesystem::path& path, const char* what) {
        throw io_error(path.string() + ": " + what + ": " + std::generic_category().message(errno));
    }

    void read(std::FILE* opened, const std::filesystem::path& path) {
        if (opened == nullptr) fail(path, "cannot be opened");
        const auto close = [](std::FILE* file) { std::fclose(file); };
        const std::unique_ptr<std::FILE, decltype(close)> file(opened, close);
        char piece[1 << 16];
        while (const auto got = std::fread(piece, 1, sizeof piece, file.get())) content_.append(piece, got);
        if (std::ferror(file.get()) != 0) fail(path, "cannot be read");
    }

    const char* mapped_ = nullptr;
    std::size_t mapped_size_ = 0;
    std::string content_;
};

} // namespace graft::detail
