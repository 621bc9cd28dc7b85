// The same on a GPU.
#include "train.cpp"
