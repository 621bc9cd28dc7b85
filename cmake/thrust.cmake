# Thrust for programs of a C++ compiler: graft_thrust, if it is found. The CUDA toolkit's own comes first, then
# Debian's libthrust-dev.
include_guard()

find_package(CUDAToolkit QUIET)
find_path(
  GRAFT_THRUST_INCLUDE_DIR thrust/version.h
  HINTS ${CUDAToolkit_INCLUDE_DIRS}
  PATH_SUFFIXES cccl
  DOC "Folder with thrust/version.h, for the tests of the CUDA backend without a GPU")
if(GRAFT_THRUST_INCLUDE_DIR)
  file(STRINGS ${GRAFT_THRUST_INCLUDE_DIR}/thrust/version.h graft_thrust_version REGEX "define THRUST_VERSION ")
  string(REGEX MATCH "[0-9]+" graft_thrust_version "${graft_thrust_version}")
  message(STATUS "graft: Thrust ${graft_thrust_version} in ${GRAFT_THRUST_INCLUDE_DIR}")
  add_library(graft_thrust INTERFACE)
  target_include_directories(graft_thrust SYSTEM INTERFACE ${GRAFT_THRUST_INCLUDE_DIR})
  # Otherwise Thrust asks for CUDA's headers. Its systems are named in the code, so this chooses nothing.
  target_compile_definitions(graft_thrust INTERFACE THRUST_DEVICE_SYSTEM=THRUST_DEVICE_SYSTEM_CPP)
  if(CUDAToolkit_FOUND AND GRAFT_THRUST_INCLUDE_DIR MATCHES "cccl")
    target_include_directories(graft_thrust SYSTEM INTERFACE ${CUDAToolkit_INCLUDE_DIRS})
  endif()
endif()
