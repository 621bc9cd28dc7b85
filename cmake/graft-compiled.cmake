# graft::compiled, to be linked instead of graft::graft: a static library of the usual functions, see graft/compiled.hpp.
# It is compiled in the project that links it, with that project's flags, as Eigen asks of all units of a program.
include_guard(GLOBAL)

add_library(graft_compiled STATIC EXCLUDE_FROM_ALL ${CMAKE_CURRENT_LIST_DIR}/graft-compiled.cpp)
add_library(graft::compiled ALIAS graft_compiled)
target_link_libraries(graft_compiled PUBLIC graft::graft)
target_compile_definitions(graft_compiled INTERFACE GRAFT_COMPILED)
