#pragma once

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>

#include <graft/core/error.hpp>

namespace graft::detail {

/// Writes a file beside its place and moves it there at the end, so that a failure leaves what was there
/// before.
class file_writer {
public:
    /// Throws io_error.
    explicit file_writer(std::filesystem::path path) : path_(std::move(path)), part_(path_) {
        part_ += ".part";
        file_ = std::fopen(part_.string().c_str(), "wb");
        if (file_ == nullptr) fail("cannot be created");
    }
    file_writer(const file_writer&) = delete;
    file_writer& operator=(const file_writer&) = delete;
    ~file_writer() {
        if (file_ != nullptr) {
            std::fclose(file_);
            std::error_code ignored;
            std::filesystem::remove(part_, ignored);
        }
    }

    void write(std::string_view bytes) {
        if (bytes.empty()) return; // which may lie nowhere
        if (std::fwrite(bytes.data(), 1, bytes.size(), file_) != bytes.size()) fail("cannot be written");
    }
    void write_numbers(const float* numbers, std::size_t count) {
        write({reinterpret_cast<const char*>(numbers), count * sizeof(float)});
    }

    /// The file is complete. Throws io_error.
    void finish() {
        const int failed = std::fclose(file_);
        file_ = nullptr;
        std::error_code problem;
        if (failed == 0) std::filesystem::rename(part_, path_, problem);
        if (failed == 0 && !problem) return;
        if (problem) errno = problem.value();
        const int cause = errno;
        std::filesystem::remove(part_, problem);
        errno = cause;
        fail("cannot be written");
    }

private:
    [[noreturn]] void fail(const char* what) const {
        throw io_error(path_.string() + ": " + what + ": " + std::generic_category().message(errno));
    }

    std::filesystem::path path_;
    std::filesystem::path part_;
    std::FILE* file_ = nullptr;
};

} // namespace graft::detail
