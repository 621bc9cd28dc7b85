"""Packs the sources it lies in: conan create GRAFT/cmake/packaging/conan --build=missing"""

import os
import re

from conan import ConanFile
from conan.tools.build import check_min_cppstd
from conan.tools.cmake import CMake, CMakeDeps, CMakeToolchain, cmake_layout
from conan.tools.files import copy, load, rmdir

SOURCES = os.path.join("..", "..", "..")


class Graft(ConanFile):
    name = "graft"
    description = "Recommenders that start from pretrained vectors, header-only on Eigen"
    license = "MIT"
    package_type = "header-library"
    settings = "os", "arch", "compiler", "build_type"
    options = {"zlib": [True, False]}  # gzipped files can be read
    default_options = {"zlib": True}

    def set_version(self):
        header = load(self, os.path.join(self.recipe_folder, SOURCES, "include", "graft", "core", "version.hpp"))
        self.version = ".".join(re.findall(r"define GRAFT_VERSION_[A-Z]+ (\d+)", header))

    def export_sources(self):
        for pattern in "CMakeLists.txt", "LICENSE", "include/*", "cmake/*":
            copy(self, pattern, os.path.join(self.recipe_folder, SOURCES), self.export_sources_folder)

    def requirements(self):
        self.requires("eigen/[>=3.4]", transitive_headers=True)
        if self.options.zlib:
            self.requires("zlib/[>=1.2.11 <2]", transitive_headers=True, transitive_libs=True)

    def validate(self):
        check_min_cppstd(self, 20)

    def package_id(self):
        self.info.settings.clear()

    def layout(self):
        cmake_layout(self)

    def generate(self):
        CMakeDeps(self).generate()
        toolchain = CMakeToolchain(self)
        for part in "EXAMPLES", "TESTS", "BENCHES":
            toolchain.cache_variables[f"GRAFT_BUILD_{part}"] = False
        toolchain.cache_variables["CMAKE_DISABLE_FIND_PACKAGE_ZLIB"] = not self.options.zlib
        toolchain.generate()

    def build(self):
        CMake(self).configure()

    def package(self):
        CMake(self).install()
        copy(self, "LICENSE", self.source_folder, os.path.join(self.package_folder, "licenses"))
        rmdir(self, os.path.join(self.package_folder, "share"))  # Conan writes what finds packages

    def package_info(self):
        self.cpp_info.bindirs = []
        self.cpp_info.libdirs = []
        self.cpp_info.set_property("cmake_file_name", "graft")
        self.cpp_info.set_property("cmake_target_name", "graft::graft")
        self.cpp_info.set_property("pkg_config_name", "graft")
        if self.options.zlib:
            self.cpp_info.defines = ["GRAFT_WITH_ZLIB"]
        if self.settings.get_safe("os") in ("Linux", "FreeBSD"):
            self.cpp_info.system_libs = ["pthread"]
