# Compiles one case with its bad line: cmake -D case=FILE ... -P run.cmake
file(STRINGS ${case} expected REGEX "^// expect: ")
if(NOT expected)
  message(FATAL_ERROR "${case} has no line `// expect: REGEX`")
endif()

include(${CMAKE_CURRENT_LIST_DIR}/compiler.cmake)
list(APPEND command -fsyntax-only)
file(STRINGS ${case} alone REGEX "^// alone")
if(alone)
  execute_process(COMMAND ${command} ${case} COMMAND_ERROR_IS_FATAL ANY)
else() # precompile.cmake has compiled it so
  list(APPEND command -include ${header})
endif()

# The first error says it, and the compiler stops there.
execute_process(COMMAND ${command} -fmax-errors=1 -DGRAFT_BAD_LINE ${case} RESULT_VARIABLE result ERROR_VARIABLE output)
if(result EQUAL 0)
  message(FATAL_ERROR "${case} compiles with its bad line")
endif()
foreach(line IN LISTS expected)
  string(REGEX REPLACE "^// expect: " "" regex "${line}")
  if(NOT output MATCHES "${regex}")
    message(FATAL_ERROR "the compiler does not say '${regex}' about ${case}:\n${output}")
  endif()
endforeach()
