# Compiles a header for all cases: cmake -D header=FILE ... -P precompile.cmake
include(${CMAKE_CURRENT_LIST_DIR}/compiler.cmake)
execute_process(COMMAND ${command} -x c++-header ${header} -o ${header}.gch COMMAND_ERROR_IS_FATAL ANY)
