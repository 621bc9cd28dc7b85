include_guard()
include(CMakePackageConfigHelpers)

set(graft_config_dir ${CMAKE_INSTALL_LIBDIR}/cmake/graft)
install(TARGETS graft graft_cuda EXPORT graft-targets FILE_SET HEADERS)
install(EXPORT graft-targets NAMESPACE graft:: DESTINATION ${graft_config_dir})
configure_package_config_file(cmake/graft-config.cmake.in graft-config.cmake INSTALL_DESTINATION ${graft_config_dir})
write_basic_package_version_file(graft-config-version.cmake COMPATIBILITY SameMinorVersion ARCH_INDEPENDENT)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/graft-config.cmake ${CMAKE_CURRENT_BINARY_DIR}/graft-config-version.cmake
        DESTINATION ${graft_config_dir})
