# An overlay port that packs the sources it lies in: vcpkg install graft --overlay-ports=GRAFT/cmake/packaging/vcpkg
set(VCPKG_BUILD_TYPE release) # headers alone, the same for all
get_filename_component(SOURCE_PATH "${CMAKE_CURRENT_LIST_DIR}/../../../.." ABSOLUTE)

if("zlib" IN_LIST FEATURES)
  set(without_zlib OFF)
else()
  set(without_zlib ON)
endif()
vcpkg_cmake_configure(
  SOURCE_PATH "${SOURCE_PATH}"
  OPTIONS -DGRAFT_BUILD_EXAMPLES=OFF -DGRAFT_BUILD_TESTS=OFF -DGRAFT_BUILD_BENCHES=OFF -DGRAFT_INSTALL=ON
          -DCMAKE_DISABLE_FIND_PACKAGE_ZLIB=${without_zlib})
vcpkg_cmake_install()
vcpkg_cmake_config_fixup(CONFIG_PATH share/cmake/graft)
vcpkg_fixup_pkgconfig()
vcpkg_install_copyright(FILE_LIST "${SOURCE_PATH}/LICENSE")
