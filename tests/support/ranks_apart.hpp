#pragma once

#include <mpi.h>

// With ranks_apart the ranks of this machine behave as those of several machines: graft asks MPI which share one. This is
// there in the place of MPI's function, which has another name, too. For one file of a program.
namespace {
bool ranks_apart = false;
}

extern "C" int MPI_Comm_split_type(MPI_Comm comm, int type, int key, MPI_Info info, MPI_Comm* made) {
    if (ranks_apart) return PMPI_Comm_dup(MPI_COMM_SELF, made);
    return PMPI_Comm_split_type(comm, type, key, info, made);
}
