// What windows.h defines for whoever includes it before graft, as far as a compiler elsewhere can tell.
#include <graft/core/error.hpp> // and with it the standard library's headers that it needs

#define near
#define far
#define small char
#define interface struct
#define ERROR 0
#define IN
#define OUT
#define OPTIONAL
#define DELETE 1
#define CONST const

#include <graft/graft.hpp>
