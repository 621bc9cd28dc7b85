#include <algorithm>
#include <cstdint>
#include <cstring>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <graft/core/detail/string_hash.hpp>

#include <support/hostile_words.hpp>

using graft::detail::string_hash;

TEST_CASE("a hash depends on every byte, on the length and on the seed") {
    const string_hash hash(1);
    std::set<std::uint64_t> seen;
    std::size_t texts = 0;
    for (std::size_t length = 0; length <= 70; ++length) {
        const std::string text(length, 'x');
        seen.insert(hash(text));
        seen.insert(string_hash(2)(text));
        texts += 2;
        for (std::size_t i = 0; i < length; ++i) {
            for (const char other : {'y', '\xf8', '\0'}) {
                auto changed = text;
                changed[i] = other;
                seen.insert(hash(changed));
                ++texts;
            }
        }
    }
    CHECK(seen.size() == texts);
}

TEST_CASE("a hash reads nothing beyond the text and does not depend on where it lies") {
    const string_hash hash(3);
    for (std::size_t length = 0; length <= 40; ++length) {
        const std::vector<char> exact(length, 'x'); // the sanitizer sees what is beyond
        const std::string inside = "ab" + std::string(length, 'x') + "cd";
        CHECK(hash({exact.data(), length}) == hash(std::string_view(inside).substr(2, length)));
    }
}

TEST_CASE("numbers and words fill the slots of a table as chance does") {
    constexpr std::size_t slots = 1 << 14;
    const string_hash hash(4);
    for (const auto* before : {"", "item_", "a longer word before the number "}) {
        std::vector<int> low(slots);
        std::vector<int> middle(slots);
        for (std::size_t i = 0; i < slots; ++i) {
            const std::uint64_t hashed = hash(before + std::to_string(i));
            ++low[hashed % slots];
            ++middle[(hashed >> 20U) % slots];
        }
        for (const auto* counts : {&low, &middle}) { // 1 / e of them stay empty, and no slot has many
            const auto empty = std::count(counts->begin(), counts->end(), 0);
            CHECK(empty > 5800);
            CHECK(empty < 6260);
            CHECK(*std::max_element(counts->begin(), counts->end()) < 14);
        }
    }
}

TEST_CASE("pairs of numbers that differ in a digit fill the slots of a table about as chance does") {
    constexpr std::size_t slots = 1 << 14;
    for (std::uint64_t seed = 0; seed < 20; ++seed)
        for (const bool in_first : {true, false}) {
            const string_hash hash(seed);
            std::vector<int> high(slots);
            for (std::size_t i = 0; i < slots; ++i) {
                const auto text = std::to_string(10'000'000 + 7 * i); // eight digits
                std::uint64_t number = 0;
                std::memcpy(&number, text.data(), 8);
                const std::uint64_t hashed = in_first ? hash(number, 8) : hash(8, number);
                ++high[hashed >> 50U];
            }
            const auto empty = std::count(high.begin(), high.end(), 0);
            CHECK(empty > 5000);
            CHECK(empty < 7000);
            CHECK(*std::max_element(high.begin(), high.end()) < 14);
        }
}

TEST_CASE("texts that were made for one seed are as good as others with another") {
    const string_hash known(5);
    const auto words = test::words_for(known.keys()[1], 1000);
    for (const auto& word : words) CHECK(known(word) == known(words[0]));
    const string_hash secret(6);
    std::set<std::uint64_t> seen;
    for (const auto& word : words) seen.insert(secret(word));
    CHECK(seen.size() == words.size());
}
