// A second unit of the same program: every definition in the headers must be inline.
#include <graft/graft.hpp>

int second_unit();
int second_unit() { return static_cast<int>(graft::row_of(graft::item_id{5})); }
