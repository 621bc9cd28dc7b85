// expect: (no match for .operator==|invalid operands to binary expression)
// expect: graft::(v[0-9_]+::)?user_id
// expect: graft::(v[0-9_]+::)?item_id
#include <graft/core/ids.hpp>

int main() {
    const graft::user_id user{3};
    const graft::item_id item{3};
#ifdef GRAFT_BAD_LINE
    return user == item;
#endif
    return graft::row_of(user) == graft::row_of(item) ? 0 : 1;
}
