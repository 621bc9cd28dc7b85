#pragma once

#include <charconv>
#include <concepts>
#include <version>

#ifndef __cpp_lib_to_chars // libc++, also Apple's
#include <graft/io/float_by_strtof.hpp>
#endif

namespace graft::inline v0_1::detail {

/// std::from_chars for float or double, which not every standard library has.
template <std::floating_point Float>
std::from_chars_result float_from_chars(const char* from, const char* to, Float& value) {
#ifdef __cpp_lib_to_chars
    return std::from_chars(from, to, value);
#else
    return float_by_strtof(from, to, value);
#endif
}

} // namespace graft::inline v0_1::detail
