// Reads a file of ratings some times: compare_ratings FILE THREADS ROUNDS. Prints a line of JSON: seconds of each
// round, counts, and the most memory of the process beside what it holds when only the result is left, in KiB.

#include <chrono>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <string>
#include <string_view>

#if defined(__GLIBC__)
#include <malloc.h>
#endif

#include <graft/data/read_ratings.hpp>

namespace {

/// A line of /proc/self/status in KiB; 0 where there is none.
long status_of(std::string_view name) {
    std::ifstream file("/proc/self/status");
    for (std::string line; std::getline(file, line);)
        if (line.starts_with(name)) return std::atol(line.c_str() + name.size());
    return 0;
}

} // namespace

int main(int argc, char** argv) {
    if (argc != 4) {
        std::fprintf(stderr, "usage: %s FILE THREADS ROUNDS\n", argv[0]);
        return 2;
    }
    try {
        const long before = status_of("VmRSS:");
        std::string seconds;
        graft::interactions all;
        long peak = 0;
        for (int round = 0; round < std::atoi(argv[3]); ++round) {
            all = {};
            const auto start = std::chrono::steady_clock::now();
            all = graft::read_ratings(argv[1], {.threads = static_cast<std::size_t>(std::atoi(argv[2]))});
            const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
            seconds += (round > 0 ? ", " : "") + std::to_string(took.count());
            if (round == 0) peak = status_of("VmHWM:") - before; // later rounds find what earlier ones left
        }
#if defined(__GLIBC__)
        malloc_trim(0);
#endif
        std::printf("{\"seconds\": [%s], \"size\": %zu, \"users\": %zu, \"items\": %zu, \"peak\": %ld, "
                    "\"result\": %ld}\n",
                    seconds.c_str(), all.size(), all.num_users(), all.num_items(), peak,
                    status_of("RssAnon:") > 0 ? status_of("RssAnon:") : 1);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
}
