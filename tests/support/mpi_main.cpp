// The main function of tests that are run on several MPI ranks: each runs all of them.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <graft/cluster/session.hpp>

int main(int argc, char** argv) {
    return graft::mpi_main(argc, argv, [&](const graft::mpi_rank& me) {
        doctest::Context context(argc, argv);
        context.setOption("minimal", !me.is_first());
        return context.run();
    });
}
