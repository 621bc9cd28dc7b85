# MPI, where there is a library and its mpiexec: GRAFT_MPI says whether. And what a program of several ranks needs here.
include_guard()

find_package(MPI QUIET COMPONENTS CXX)
set(GRAFT_MPI OFF)
if(MPI_CXX_FOUND AND MPIEXEC_EXECUTABLE)
  set(GRAFT_MPI ON)
endif()

# graft_test_on_ranks(name ranks target argument...): runs a program of graft's own on several ranks.
function(graft_test_on_ranks name ranks target)
  add_test(NAME ${name} COMMAND ${MPIEXEC_EXECUTABLE} ${MPIEXEC_NUMPROC_FLAG} ${ranks} ${MPIEXEC_PREFLAGS}
                                $<TARGET_FILE:${target}> ${MPIEXEC_POSTFLAGS} ${ARGN})
  graft_needs_ranks(${name} ${ranks})
endfunction()

# graft_needs_ranks(test ranks): what a test needs that starts programs of several ranks.
function(graft_needs_ranks name ranks)
  # For Open MPI: as root, too, and with more ranks than cores.
  set_tests_properties(
    ${name}
    PROPERTIES PROCESSORS ${ranks} TIMEOUT 900
               ENVIRONMENT "OMPI_ALLOW_RUN_AS_ROOT=1;OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1;OMPI_MCA_rmaps_base_oversubscribe=1;\
OMPI_MCA_btl_vader_single_copy_mechanism=none;OMPI_MCA_mpi_yield_when_idle=1;PRTE_MCA_rmaps_default_mapping_policy=:oversubscribe")
endfunction()
