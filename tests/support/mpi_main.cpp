// The main function of tests that are run on several MPI ranks: each runs all of them. With --apart as the first argument the
// ranks of this machine behave as those of several machines.
#include <cstring>

#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <graft/cluster/session.hpp>

#include "ranks_apart.hpp"

int main(int argc, char** argv) {
    return graft::mpi_main(argc, argv, [&](const graft::mpi_rank& me) {
        ranks_apart = argc > 1 && std::strcmp(argv[1], "--apart") == 0;
        doctest::Context context(argc, argv);
        context.setOption("minimal", !me.is_first());
        return context.run();
    });
}
