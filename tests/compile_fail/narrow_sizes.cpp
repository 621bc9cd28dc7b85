// expect: graft needs a 64-bit system
// alone
#ifdef GRAFT_BAD_LINE
#undef __SIZEOF_SIZE_T__
#define __SIZEOF_SIZE_T__ 4
#endif
#include <graft/core/error.hpp>

int main() {}
