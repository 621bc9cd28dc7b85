// Linked into every test program: a definition in a header that is not inline would be there twice.
#include <graft/graft.hpp>
