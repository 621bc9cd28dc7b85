#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <support/files.hpp>

namespace test {

/// Words that detail::string_hash makes equal where keys()[1] is `key`: the first factor is 0.
inline std::vector<std::string> words_for(std::uint64_t key, std::size_t count) {
    std::vector<std::string> words;
    for (std::uint64_t i = 0; i < count; ++i) words.push_back(bytes_of(key, i, std::uint64_t{7}));
    return words;
}

/// Words that libstdc++'s std::hash of 64 bits (MurmurHash64A with a fixed seed) makes equal: the second eight
/// bytes undo what the first did.
inline std::vector<std::string> words_of_one_std_hash(std::size_t count) {
    constexpr std::uint64_t factor = 0xc6a4'a793'5bd1'e995U;
    std::uint64_t inverse = factor; // of an odd number: Newton's steps double the right bits
    for (int i = 0; i < 5; ++i) inverse *= 2 - factor * inverse;
    const auto mixed = [](std::uint64_t x) { return x ^ x >> 47U; }; // is its own inverse
    std::vector<std::string> words;
    for (std::uint64_t i = 0; i < count; ++i) {
        const std::uint64_t state = ((0xc70f6907U ^ 16 * factor) ^ mixed(i * factor) * factor) * factor;
        words.push_back(bytes_of(i, mixed(state * inverse) * inverse));
    }
    return words;
}

} // namespace test
