# The CUDA language, where there is a compiler for it: GRAFT_CUDA says whether. And graft_cuda, what a program on the
# CUDA backend links.
include_guard()

set(GRAFT_WITH_CUDA "AUTO" CACHE STRING "Build graft's own CUDA programs: AUTO (where nvcc is found), ON, OFF")
set(GRAFT_CUDA OFF)
if(GRAFT_WITH_CUDA)
  include(CheckLanguage)
  check_language(CUDA)
  if(CMAKE_CUDA_COMPILER)
    if(NOT CMAKE_CUDA_ARCHITECTURES)
      set(CMAKE_CUDA_ARCHITECTURES 75) # and its PTX, which drivers compile for what is newer
    endif()
    enable_language(CUDA)
    find_package(CUDAToolkit REQUIRED)
    set(GRAFT_CUDA ON)
  elseif(GRAFT_WITH_CUDA STREQUAL "AUTO")
    message(STATUS "graft: no nvcc, so nothing is built for CUDA")
  else()
    message(FATAL_ERROR "graft: GRAFT_WITH_CUDA is ON, but there is no nvcc; give its path in CMAKE_CUDA_COMPILER")
  endif()
endif()

# graft_own_cuda_target(target): a program of graft's own, from .cu files.
function(graft_own_cuda_target target)
  target_link_libraries(${target} PRIVATE graft::cuda)
  set_target_properties(${target} PROPERTIES CUDA_EXTENSIONS OFF)
  target_compile_options(${target} PRIVATE -Xcompiler=-Wall,-Wextra)
  if(GRAFT_WARNINGS_AS_ERRORS)
    target_compile_options(${target} PRIVATE -Werror=all-warnings)
  endif()
endfunction()
