# Compiles one case without its bad line and with it: cmake -D case=FILE ... -P run.cmake
file(STRINGS ${case} expected REGEX "^// expect: ")
if(NOT expected)
  message(FATAL_ERROR "${case} has no line `// expect: REGEX`")
endif()

set(ENV{LC_ALL} C) # plain quotes in messages
set(command ${compiler} ${standard} -fsyntax-only)
foreach(folder IN LISTS includes)
  if(folder)
    list(APPEND command -I ${folder})
  endif()
endforeach()

execute_process(COMMAND ${command} ${case} RESULT_VARIABLE result ERROR_VARIABLE output)
if(NOT result EQUAL 0)
  message(FATAL_ERROR "${case} must compile without its bad line, but:\n${output}")
endif()

execute_process(COMMAND ${command} -DGRAFT_BAD_LINE ${case} RESULT_VARIABLE result ERROR_VARIABLE output)
if(result EQUAL 0)
  message(FATAL_ERROR "${case} compiles with its bad line")
endif()
foreach(line IN LISTS expected)
  string(REGEX REPLACE "^// expect: " "" regex "${line}")
  if(NOT output MATCHES "${regex}")
    message(FATAL_ERROR "the compiler does not say '${regex}' about ${case}:\n${output}")
  endif()
endforeach()
