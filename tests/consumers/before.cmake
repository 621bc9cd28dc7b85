# Notes the settings that graft must leave alone.
foreach(name BUILD_TESTING BUILD_SHARED_LIBS CMAKE_CXX_STANDARD CMAKE_CXX_FLAGS CMAKE_COMPILE_WARNING_AS_ERROR)
  set(${name}_before "${${name}}")
endforeach()
