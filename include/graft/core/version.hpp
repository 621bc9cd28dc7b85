#pragma once

// The version of graft, written here once; the CMake project reads it from these three lines.
#define GRAFT_VERSION_MAJOR 0
#define GRAFT_VERSION_MINOR 1
#define GRAFT_VERSION_PATCH 0

#define GRAFT_DETAIL_TEXT_OF(number) #number
#define GRAFT_DETAIL_VERSION_TEXT(major, minor, patch)                                                       \
    GRAFT_DETAIL_TEXT_OF(major) "." GRAFT_DETAIL_TEXT_OF(minor) "." GRAFT_DETAIL_TEXT_OF(patch)
/// The same as text, "MAJOR.MINOR.PATCH".
#define GRAFT_VERSION GRAFT_DETAIL_VERSION_TEXT(GRAFT_VERSION_MAJOR, GRAFT_VERSION_MINOR, GRAFT_VERSION_PATCH)
