#pragma once

#if defined(__unix__) || defined(__APPLE__)
#define GRAFT_DETAIL_HAS_MMAP

#include <cerrno>
#include <cstddef>
#include <fcntl.h>
#include <limits>
#include <string>
#include <system_error>
#include <unistd.h>
#include <utility>

#include <graft/core/error.hpp>
#include <graft/io/byte_stream.hpp>

namespace graft::inline v0_1::detail {

/// An open file of the system's, closed at the end.
class file_descriptor {
public:
    explicit file_descriptor(int number) noexcept : number_(number) {}
    file_descriptor(file_descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
    file_descriptor& operator=(file_descriptor&& other) noexcept {
        std::swap(number_, other.number_);
        return *this;
    }
    ~file_descriptor() {
        if (number_ >= 0) ::close(number_);
    }
    [[nodiscard]] int number() const noexcept { return number_; }

private:
    int number_;
};

/// What comes out of a pipe, which may never end.
class pipe_stream final : public byte_stream {
public:
    pipe_stream(file_descriptor pipe, std::string name) : pipe_(std::move(pipe)), name_(std::move(name)) {}

    std::size_t read(char* to, std::size_t size) override {
        std::size_t got = 0;
        while (got < size) {
            const auto more = ::read(pipe_.number(), to + got, size - got);
            if (more == 0) break;
            if (more > 0)
                got += static_cast<std::size_t>(more);
            else if (errno != EINTR)
                throw io_error(name_ + ": cannot be read: " + std::generic_category().message(errno));
        }
        return got;
    }
    /// Nobody knows; half lets memory grow to twice what it is.
    [[nodiscard]] double progress() const noexcept override { return 0.5; }
    [[nodiscard]] std::size_t most_left() const noexcept override {
        return (std::numeric_limits<std::size_t>::max)();
    }

private:
    file_descriptor pipe_;
    std::string name_;
};

} // namespace graft::inline v0_1::detail

#endif
