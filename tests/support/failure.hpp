#pragma once

#include <string>

#include <graft/core/error.hpp>

namespace test {

/// What f says that it throws, or nothing if it throws nothing. Any other exception passes.
template <class Error = graft::error, class F>
std::string failure(const F& f) {
    try {
        f();
    } catch (const Error& error) { return error.what(); }
    return {};
}

} // namespace test
