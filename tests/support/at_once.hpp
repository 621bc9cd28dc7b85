#pragma once

#include <cstddef>
#include <vector>

#include <graft/core/thread_pool.hpp>

/// What `read()` returns in each of several threads that call it at the same time.
template <class Read>
auto at_once(const Read& read) {
    graft::thread_pool pool(4);
    std::vector<decltype(read())> results(pool.size());
    pool.run([&](std::size_t index) { results[index] = read(); });
    return results;
}
