#pragma once

#if defined(_MSVC_LANG) ? _MSVC_LANG <= 201703L : __cplusplus <= 201703L
#error "graft needs C++20: compile with -std=c++20, or target_compile_features(YOURS PRIVATE cxx_std_20)"
#endif

#if defined(__SIZEOF_SIZE_T__) ? __SIZEOF_SIZE_T__ < 8 : defined(_WIN32) && !defined(_WIN64)
#error "graft needs a 64-bit system: sizes of tables and files pass 32 bits"
#endif

#include <cstdint>
#include <stdexcept>
#include <string>

namespace graft::inline v0_1 {

/// Base of everything that graft throws. The message says what is wrong, where, and what to do.
class error : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// A file cannot be opened, read or written.
class io_error : public error {
public:
    using error::error;
};

/// The content of a file is not what it should be; the message starts with `FILE:LINE: ` for text and
/// `FILE: byte OFFSET: ` for binary content.
class format_error : public error {
public:
    using error::error;
};

/// A value that the caller passed does not fit: a dimension, an id, a range, an option.
class argument_error : public error {
public:
    using error::error;
};

/// Training left the finite numbers.
class divergence_error : public error {
public:
    divergence_error(const std::string& message, std::int64_t epoch, std::int64_t step)
        : error(message), epoch_(epoch), step_(step) {}

    /// Counted from 1.
    [[nodiscard]] std::int64_t epoch() const noexcept { return epoch_; }
    /// Counted from 1 over all epochs.
    [[nodiscard]] std::int64_t step() const noexcept { return step_; }

private:
    std::int64_t epoch_;
    std::int64_t step_;
};

} // namespace graft::inline v0_1
