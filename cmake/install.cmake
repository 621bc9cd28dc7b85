include_guard()
include(CMakePackageConfigHelpers)

# Headers alone, so all of it is the same on any machine: include/ and share/.
set(graft_config_dir ${CMAKE_INSTALL_DATADIR}/cmake/graft)
install(DIRECTORY include/graft DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.hpp")
install(TARGETS graft graft_cuda graft_mpi EXPORT graft-targets)
install(EXPORT graft-targets NAMESPACE graft:: DESTINATION ${graft_config_dir})
configure_package_config_file(cmake/graft-config.cmake.in graft-config.cmake INSTALL_DESTINATION ${graft_config_dir})
write_basic_package_version_file(graft-config-version.cmake COMPATIBILITY SameMinorVersion ARCH_INDEPENDENT)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/graft-config.cmake ${CMAKE_CURRENT_BINARY_DIR}/graft-config-version.cmake
              cmake/graft-host.cmake cmake/graft-compiled.cmake cmake/graft-compiled.cpp
        DESTINATION ${graft_config_dir})

# For build systems that ask pkg-config. The prefix is where the file lies, so that an installed graft may be moved.
set(graft_pc_dir ${CMAKE_INSTALL_DATADIR}/pkgconfig)
file(RELATIVE_PATH graft_pc_up /prefix/${graft_pc_dir} /prefix)
string(REGEX REPLACE "/$" "" graft_pc_up "${graft_pc_up}")
set(graft_pc_requires "eigen3 >= 3.4")
set(graft_pc_cflags "")
if(ZLIB_FOUND)
  string(APPEND graft_pc_requires ", zlib")
  set(graft_pc_cflags " -DGRAFT_WITH_ZLIB")
endif()
configure_file(cmake/graft.pc.in graft.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/graft.pc DESTINATION ${graft_pc_dir})
