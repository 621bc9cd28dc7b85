#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <system_error>

#include <graft/cluster/detail/ranks.hpp>
#include <graft/cluster/mpi_cpu.hpp>
#include <graft/core/entropy.hpp>

namespace on_ranks {

/// A file of all ranks, which the first writes and removes.
struct shared_file {
    std::filesystem::path path;

    explicit shared_file(const std::string& name)
        : path(std::filesystem::temp_directory_path() /
               graft::mpi_cpu::agree("graft_test_" + std::to_string(graft::detail::process_entropy()) +
                                     name)) {}
    shared_file(const std::string& name, std::string_view content) : shared_file(name) {
        if (graft::mpi_cpu::writes_files())
            std::ofstream(path, std::ios::binary)
                .write(content.data(), static_cast<std::streamsize>(content.size()));
        static_cast<void>(graft::mpi_cpu::agree("")); // it is there
    }
    shared_file(const shared_file&) = delete;
    shared_file& operator=(const shared_file&) = delete;
    ~shared_file() {
        static_cast<void>(graft::detail::ranks().least(0)); // all are done with it
        std::error_code ignored;
        if (graft::mpi_cpu::writes_files()) std::filesystem::remove(path, ignored);
    }
};

} // namespace on_ranks
