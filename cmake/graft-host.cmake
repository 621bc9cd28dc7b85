# What a project that uses graft gets besides its targets, with graft's sources in its tree or the installed package.
include_guard(GLOBAL)

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES AND NOT "${CMAKE_CXX_FLAGS}" MATCHES "-O[1-3s]"
   AND NOT graft_FIND_QUIETLY)
  message(WARNING "graft: there is no build type, so nothing is optimised and training takes some hundred times as long; "
                  "configure with -DCMAKE_BUILD_TYPE=Release")
endif()
