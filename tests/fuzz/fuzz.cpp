// One libFuzzer program for each reader: GRAFT_FUZZ_TARGET names it.

#include "targets.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::GRAFT_FUZZ_TARGET({reinterpret_cast<const char*>(data), size});
    return 0;
}
