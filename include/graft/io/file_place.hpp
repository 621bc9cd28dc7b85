#pragma once

#include <cstddef>
#include <string>

#include <graft/core/detail/message.hpp>
#include <graft/core/error.hpp>

namespace graft::inline v0_1::detail {

/// A place in a file, for messages: a line of text or a byte.
struct file_place {
    bool is_line = true;
    std::size_t number = 0;

    [[nodiscard]] std::string in(const std::string& name) const {
        return message(name, is_line ? ":" : ": byte ", number, ": ");
    }
};

[[noreturn]] inline void fail_at(const std::string& name, file_place place, const std::string& what) {
    throw format_error(place.in(name) + what);
}

} // namespace graft::inline v0_1::detail
