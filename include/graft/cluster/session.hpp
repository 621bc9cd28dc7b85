#pragma once

#include <chrono>
#include <cstddef>
#include <cstdio>
#include <exception>
#include <mpi.h>
#include <string>
#include <thread>
#include <type_traits>

#include <graft/cluster/detail/ranks.hpp>
#include <graft/core/error.hpp>

namespace graft::inline v0_1 {

/// This process among those of an MPI program.
class mpi_rank {
public:
    [[nodiscard]] std::size_t rank() const noexcept { return all_.me(); }
    [[nodiscard]] std::size_t ranks() const noexcept { return all_.size(); }
    /// Of all ranks, the one that prints.
    [[nodiscard]] bool is_first() const noexcept { return rank() == 0; }

private:
    detail::ranks all_;
};

namespace detail {

/// Ends all ranks. Where all fail alike, one says it.
[[noreturn]] inline void end_all_ranks(const char* what, int status) {
    if (what != nullptr) {
        const ranks all;
        if (all.me() != 0) std::this_thread::sleep_for(std::chrono::milliseconds(500));
        std::fprintf(stderr, "rank %zu of %zu: %s\n", all.me(), all.size(), what);
        std::fflush(stderr);
    }
    MPI_Abort(MPI_COMM_WORLD, status);
    std::terminate();
}

} // namespace detail

/// Starts MPI, calls run(const mpi_rank&), and ends MPI: `int main(int argc, char** argv) { return graft::mpi_main(argc,
/// argv, [](const graft::mpi_rank& me) { .. }); }`. If `run` throws on any rank, or returns a number other than 0, all
/// ranks end at once, with one message on the standard error: without it the others would wait for that rank. Returns
/// what `run` does, or 0. Where the program has started MPI itself, it ends it, too.
template <class Run>
int mpi_main(int argc, char** argv, const Run& run) {
    int started = 0;
    MPI_Initialized(&started);
    if (started == 0) {
        int level = 0;
        MPI_Init_thread(&argc, &argv, MPI_THREAD_FUNNELED, &level);
    }
    MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
    int status = 0;
    try {
        const mpi_rank me;
        if constexpr (std::is_void_v<std::invoke_result_t<const Run&, const mpi_rank&>>)
            run(me);
        else
            status = run(me);
    } catch (const std::exception& failure) { detail::end_all_ranks(failure.what(), 1); } catch (...) {
        detail::end_all_ranks("an exception that is no std::exception", 1);
    }
    if (status != 0) detail::end_all_ranks(nullptr, status);
    if (started == 0) MPI_Finalize();
    return status;
}

} // namespace graft::inline v0_1
