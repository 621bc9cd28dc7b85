#pragma once

/// The backend for the ranks of an MPI program, `graft::mpi_cpu`, `graft::mpi_main`, which runs it, and
/// `graft::read_ratings_in_parts`, with which each rank parses a part of a file.

#if !__has_include(<mpi.h>)
#error "graft/mpi.hpp needs MPI's header: link graft::mpi, or compile with mpicxx"
#endif

#include <graft/cluster/mpi_cpu.hpp>
#include <graft/cluster/read_ratings_in_parts.hpp>
#include <graft/cluster/session.hpp>
