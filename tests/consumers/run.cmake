# Configures, builds and runs one consumer from nothing: cmake -D consumer=NAME ... -P run.cmake
cmake_minimum_required(VERSION 3.22)
file(REMOVE_RECURSE ${work})

function(run)
  execute_process(COMMAND ${ARGV} RESULT_VARIABLE result)
  if(NOT result EQUAL 0)
    list(JOIN ARGV " " line)
    message(FATAL_ERROR "this failed (${result}): ${line}")
  endif()
endfunction()

set(options -D graft_source=${graft_source} -D graft_version=${version} -D CMAKE_CXX_COMPILER=${compiler}
            -D CMAKE_CXX_COMPILER_LAUNCHER=${launcher} -D CMAKE_BUILD_TYPE=Debug -D CMAKE_CXX_FLAGS_DEBUG=-O0)
list(APPEND options -D graft_zlib=${zlib})
if(NOT zlib)
  list(APPEND options -D CMAKE_DISABLE_FIND_PACKAGE_ZLIB=ON)
endif()
if(eigen) # the one that graft itself was configured with
  list(APPEND options -D Eigen3_DIR=${eigen})
elseif(eigen_source)
  list(APPEND options -D FETCHCONTENT_SOURCE_DIR_EIGEN3=${eigen_source})
endif()
if(NOT consumer MATCHES "add_subdirectory|fetch_content") # of the installed package
  run(${CMAKE_COMMAND} --install ${graft_binary} --config ${config} --prefix ${work}/before)
  file(RENAME ${work}/before ${work}/prefix) # an installed graft may be moved
  list(APPEND options -D CMAKE_PREFIX_PATH=${work}/prefix)
endif()
if(consumer STREQUAL "component_cuda")
  list(APPEND options -D CMAKE_CUDA_COMPILER=${cuda_compiler} -D CMAKE_CUDA_ARCHITECTURES=${cuda_architecture})
endif()
set(configure ${cmake} -S ${CMAKE_CURRENT_LIST_DIR}/${consumer} -B ${work}/build -G ${generator}
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
  refused(mpi "component \"mpi\" needs an MPI library" -D CMAKE_DISABLE_FIND_PACKAGE_MPI=ON)
  refused(rocm "no component \"rocm\"")
  return()
endif()

# A host without a build type is told so once, however often it finds graft; one with flags of its own is not.
function(told times type flags)
  execute_process(COMMAND ${configure} -D CMAKE_BUILD_TYPE=${type} -D CMAKE_CXX_FLAGS=${flags} -D expected_flags=${type}${flags}
                  RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE errors)
  string(REGEX MATCHALL "there is no build type" said "${errors}")
  list(LENGTH said count)
  if(NOT result EQUAL 0 OR NOT count EQUAL times)
    message(FATAL_ERROR "build type '${type}', flags '${flags}' should be told of ${times} times, but:\n${output}${errors}")
  endif()
endfunction()
if(consumer STREQUAL "no_build_type")
  told(1 "" "")
  told(0 "" -O2)
  told(0 Release "")
  return()
endif()

# Other build systems ask pkg-config; Meson can ask CMake, too.
set(ENV{PKG_CONFIG_PATH} ${work}/prefix/share/pkgconfig)
set(ENV{CXX} ${compiler})
if(consumer STREQUAL "meson")
  run(${meson} setup ${work}/build ${CMAKE_CURRENT_LIST_DIR}/meson -Dgraft_version=${version} -Dgraft_zlib=${zlib}
      -Dcmake_prefix_path=${work}/prefix)
  run(${meson} test -C ${work}/build --print-errorlogs)
  return()
elseif(consumer STREQUAL "pkg_config")
  run(${pkg_config} --exact-version=${version} graft)
  execute_process(COMMAND ${pkg_config} --cflags --libs graft OUTPUT_VARIABLE flags OUTPUT_STRIP_TRAILING_WHITESPACE)
  separate_arguments(flags UNIX_COMMAND "${flags}")
  run(${compiler} -std=c++20 -DEXPECTED_VERSION="${version}" -DEXPECTED_ZLIB=${zlib} ${CMAKE_CURRENT_LIST_DIR}/main.cpp
      -o ${work}/consumer ${flags})
  run(${work}/consumer)
  return()
endif()

run(${configure})
run(${cmake} --build ${work}/build --config Debug)
run(${CMAKE_COMMAND} -E chdir ${work}/build ${ctest} -C Debug --output-on-failure --no-tests=error)
