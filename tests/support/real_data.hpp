#pragma once

#include <filesystem>

#include <doctest/doctest.h>

/// A file of the real data, or an empty path and a message where it is not there or cannot be inflated.
inline std::filesystem::path real_data(const char* name) {
    const auto path = std::filesystem::path(GRAFT_REAL_DATA) / name;
#ifndef GRAFT_WITH_ZLIB
    if (path.extension() == ".gz") {
        MESSAGE("skipped: " << path.string() << " needs zlib");
        return {};
    }
#endif
    if (std::filesystem::exists(path)) return path;
    MESSAGE("skipped: there is no " << path.string());
    return {};
}
