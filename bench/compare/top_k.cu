// The same on a GPU.
#include "top_k.cpp"
