// expect: item_id.*user_id
#include <graft/core/ids.hpp>

std::size_t user_row(graft::user_id id) { return graft::row_of(id); }

int main() {
    const graft::user_id user{3};
    const graft::item_id item{3};
#ifdef GRAFT_BAD_LINE
    return static_cast<int>(user_row(item));
#endif
    return static_cast<int>(user_row(user) - graft::row_of(item));
}
