#pragma once

/// The version of graft, written here once; the CMake project reads it from this line.
#define GRAFT_VERSION "0.1.0"
