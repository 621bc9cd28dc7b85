// The library graft::compiled, see graft/compiled.hpp.
#undef GRAFT_COMPILED
#define GRAFT_DETAIL_EXTERN
#include <graft/compiled.hpp>
