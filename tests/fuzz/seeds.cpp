// Runs each reader on its seeds, on every beginning of them, and on each with one byte changed, so that
// ordinary tests notice what fuzzing found once.

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "targets.hpp"

int main(int argc, char** argv) {
    if (argc != 2) {
        std::fprintf(stderr, "usage: %s CORPUS\n", argv[0]);
        return 2;
    }
    for (const auto& target : fuzz::targets) {
        std::size_t seeds = 0;
        for (const auto& entry :
             std::filesystem::directory_iterator(std::filesystem::path(argv[1]) / target.name)) {
            std::ifstream file(entry.path(), std::ios::binary);
            const std::string seed{std::istreambuf_iterator<char>(file), {}};
            std::fprintf(stderr, "%s\n", entry.path().c_str());
            target.run(seed);
            const std::size_t step = 1 + seed.size() / 500;
            for (std::size_t i = 0; i < seed.size(); i += step) {
                target.run(std::string_view(seed).substr(0, i));
                auto changed = seed;
                for (const int flip : {1, 0x20, 0x80, 0xff}) {
                    changed[i] = static_cast<char>(seed[i] ^ flip);
                    target.run(changed);
                }
            }
            ++seeds;
        }
        if (seeds == 0) {
            std::fprintf(stderr, "no seeds for %s\n", std::string(target.name).c_str());
            return 1;
        }
    }
}
