// expect: user_id
// expect: (cannot convert|cannot initialize|no known conversion|no viable conversion)
#include <graft/core/ids.hpp>

std::size_t user_row(graft::user_id id) { return graft::row_of(id); }

int main() {
#ifdef GRAFT_BAD_LINE
    return static_cast<int>(user_row(196));
#endif
    return user_row(graft::user_id{196}) == 196 ? 0 : 1;
}
