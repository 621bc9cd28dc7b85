// The readers of files for libFuzzer: GRAFT_FUZZ_TARGET in the environment names one of fuzz::targets.
#include <algorithm>

#include "targets.hpp"

namespace {

const fuzz::target& chosen() {
    static const fuzz::target& one = [&]() -> const fuzz::target& {
        const char* name = std::getenv("GRAFT_FUZZ_TARGET");
        const auto* found =
            std::ranges::find(fuzz::targets, name == nullptr ? "" : name, &fuzz::target::name);
        if (found == std::end(fuzz::targets)) {
            std::fprintf(stderr, "GRAFT_FUZZ_TARGET must name one of the targets:");
            for (const auto& t : fuzz::targets) std::fprintf(stderr, " %s", std::string(t.name).c_str());
            std::fprintf(stderr, "\n");
            std::exit(2);
        }
        return *found;
    }();
    return one;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    chosen().run({reinterpret_cast<const char*>(data), size});
    return 0;
}
