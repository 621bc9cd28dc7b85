#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <graft/vectors/word_index.hpp>

TEST_CASE("word_index numbers words in the order of insertion") {
    graft::word_index words;
    CHECK(words.empty());
    CHECK_FALSE(words.find("a"));
    CHECK(words.insert("a") == std::pair<std::size_t, bool>{0, true});
    CHECK(words.insert("") == std::pair<std::size_t, bool>{1, true});
    CHECK(words.insert("a") == std::pair<std::size_t, bool>{0, false});
    CHECK(words.size() == 2);
    CHECK(words.find("") == 1);
    CHECK(words[0] == "a");
    CHECK(words[1].empty());
    CHECK(std::vector<std::string>(words.begin(), words.end()) == std::vector<std::string>{"a", ""});
}

TEST_CASE("word_index finds every word again while it grows") {
    graft::word_index words;
    const auto word = [](std::size_t i) { return std::string(i % 23, 'x') + std::to_string(i); };
    for (std::size_t i = 0; i < 20'000; ++i) REQUIRE(words.insert(word(i)).second);
    for (std::size_t i = 0; i < 20'000; ++i) {
        REQUIRE(words.find(word(i)) == i);
        REQUIRE(words[i] == word(i));
    }
    CHECK_FALSE(words.find("x"));
}

TEST_CASE("word_index keeps words whose hashes are equal apart") {
    graft::word_index words;
    CHECK(words.insert("a", 7).second);
    CHECK(words.insert("b", 7).second);
    CHECK(words.insert("a", 7) == std::pair<std::size_t, bool>{0, false});
    CHECK(words.insert("b", 7) == std::pair<std::size_t, bool>{1, false});
}

TEST_CASE("word_index keeps its words when room is made") {
    graft::word_index words;
    words.insert("a");
    words.reserve(1000);
    words.reserve(3);
    CHECK(words.find("a") == 0);
    CHECK(words.insert("b").first == 1);
}
