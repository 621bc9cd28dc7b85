// The main function of tests that are run on several MPI ranks: each runs all of them. With --apart as the first argument the
// ranks of this machine behave as those of several machines.
#include <cstring>
#include <mpi.h>

#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <graft/cluster/session.hpp>

namespace {
bool apart = false;
}

// In the place of MPI's own, which has another name, too.
extern "C" int MPI_Comm_split_type(MPI_Comm comm, int type, int key, MPI_Info info, MPI_Comm* made) {
    if (apart) return PMPI_Comm_dup(MPI_COMM_SELF, made);
    return PMPI_Comm_split_type(comm, type, key, info, made);
}

int main(int argc, char** argv) {
    return graft::mpi_main(argc, argv, [&](const graft::mpi_rank& me) {
        apart = argc > 1 && std::strcmp(argv[1], "--apart") == 0;
        doctest::Context context(argc, argv);
        context.setOption("minimal", !me.is_first());
        return context.run();
    });
}
