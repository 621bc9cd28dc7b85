# Configures, builds and runs one consumer from nothing: cmake -D consumer=NAME ... -P run.cmake
file(REMOVE_RECURSE ${work})

function(run)
  execute_process(COMMAND ${ARGV} RESULT_VARIABLE result)
  if(NOT result EQUAL 0)
    list(JOIN ARGV " " line)
    message(FATAL_ERROR "this failed (${result}): ${line}")
  endif()
endfunction()

set(options -D graft_source=${graft_source} -D graft_version=${version} -D CMAKE_CXX_COMPILER=${compiler}
            -D CMAKE_CXX_COMPILER_LAUNCHER=${launcher} -D CMAKE_BUILD_TYPE=Debug)
list(APPEND options -D graft_zlib=${zlib})
if(NOT zlib)
  list(APPEND options -D CMAKE_DISABLE_FIND_PACKAGE_ZLIB=ON)
endif()
if(eigen) # the one that graft itself was configured with
  list(APPEND options -D Eigen3_DIR=${eigen})
elseif(eigen_source)
  list(APPEND options -D FETCHCONTENT_SOURCE_DIR_EIGEN3=${eigen_source})
endif()
if(consumer MATCHES "find_package|component") # of the installed package
  run(${CMAKE_COMMAND} --install ${graft_binary} --config ${config} --prefix ${work}/before)
  file(RENAME ${work}/before ${work}/prefix) # an installed graft may be moved
  list(APPEND options -D CMAKE_PREFIX_PATH=${work}/prefix)
endif()
if(consumer STREQUAL "component_cuda")
  list(APPEND options -D CMAKE_CUDA_COMPILER=${cuda_compiler} -D CMAKE_CUDA_ARCHITECTURES=${cuda_architecture})
endif()
set(configure ${CMAKE_COMMAND} -S ${CMAKE_CURRENT_LIST_DIR}/${consumer} -B ${work}/build -G ${generator}
              -D CMAKE_MAKE_PROGRAM=${make_program} ${options})

# A component that is not there: one error, with the reason in it.
function(refused component reason)
  execute_process(COMMAND ${configure} -D component=${component} "-Dreason=${reason}" ${ARGN} RESULT_VARIABLE result
                  OUTPUT_VARIABLE output ERROR_VARIABLE errors)
  string(REGEX MATCHALL "CMake (Error|Warning)" complaints "${errors}")
  list(LENGTH complaints count)
  string(REGEX REPLACE "[ \n]+" " " line "${errors}") # CMake breaks lines
  if(result EQUAL 0 OR NOT output MATCHES "now it is required" OR NOT count EQUAL 1 OR NOT line MATCHES "${reason}")
    message(FATAL_ERROR "without ${component}, CMake should say once '${reason}', but (${result}):\n${output}${errors}")
  endif()
endfunction()
if(consumer STREQUAL "component_missing")
  refused(cuda "component \"cuda\" needs the CUDA toolkit" -D CMAKE_DISABLE_FIND_PACKAGE_CUDAToolkit=ON)
  refused(rocm "no component \"rocm\"")
  return()
endif()

run(${configure})
run(${CMAKE_COMMAND} --build ${work}/build --config Debug)
run(${CMAKE_COMMAND} -E chdir ${work}/build ${ctest} -C Debug --output-on-failure --no-tests=error)
