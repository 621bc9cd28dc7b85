# Compiles a header for all cases, and all of them without their bad lines:
# cmake -D header=FILE -D as_they_are=FILE ... -P precompile.cmake
include(${CMAKE_CURRENT_LIST_DIR}/compiler.cmake)
execute_process(COMMAND ${command} -x c++-header ${header} -o ${header}.gch COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${command} -fsyntax-only -include ${header} ${as_they_are} COMMAND_ERROR_IS_FATAL ANY)
