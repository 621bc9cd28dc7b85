#pragma once

#include <cstddef>

namespace graft::inline v0_1::detail {

/// Bytes that come once, from front to back.
class byte_stream {
public:
    byte_stream() = default;
    byte_stream(const byte_stream&) = delete;
    byte_stream& operator=(const byte_stream&) = delete;
    virtual ~byte_stream() = default;

    /// Fills [to, to + size) as far as there is content; fewer only at the end. Throws io_error and
    /// format_error.
    virtual std::size_t read(char* to, std::size_t size) = 0;
    /// The part that is read, in [0, 1]; near enough to plan with.
    [[nodiscard]] virtual double progress() const noexcept = 0;
    /// No more bytes than this follow.
    [[nodiscard]] virtual std::size_t most_left() const noexcept = 0;
};

} // namespace graft::inline v0_1::detail
