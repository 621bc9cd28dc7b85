#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <doctest/doctest.h>

#include <graft/core/random.hpp>
#include <graft/core/string_index.hpp>

#include <support/hostile_words.hpp>

TEST_CASE("strings get rows in order of first insertion") {
    graft::string_index index;
    CHECK(index.empty());
    CHECK_FALSE(index.find("a"));
    CHECK(index.insert("b") == std::pair<std::size_t, bool>(0, true));
    CHECK(index.insert("a") == std::pair<std::size_t, bool>(1, true));
    CHECK(index.insert("b") == std::pair<std::size_t, bool>(0, false));
    CHECK(index.size() == 2);
    CHECK(index.view(0) == "b");
    CHECK(index.view(1) == "a");
    CHECK(index.find("a") == 1);
    CHECK_FALSE(index.find("c"));
}

TEST_CASE("any bytes are a string: none, zero bytes, long ones, parts of one another") {
    graft::string_index index;
    const std::vector<std::string> odd{
        "",    std::string(1, '\0'),     std::string(2, '\0'), "ab",          "a", "b",
        "abc", std::string(100000, 'x'), "\xff\xfe",           "Citt\xc3\xa9"};
    for (const auto& text : odd) CHECK(index.insert(text).second);
    CHECK(index.size() == odd.size());
    for (std::size_t row = 0; row < odd.size(); ++row) {
        CHECK(index.view(row) == odd[row]);
        CHECK(index.find(odd[row]) == row);
    }
}

TEST_CASE("it agrees with std::unordered_map through many growths") {
    graft::string_index index;
    std::unordered_map<std::string, std::size_t> plain;
    graft::random_engine engine(11);
    for (int i = 0; i < 50000; ++i) {
        const std::string text = std::to_string(graft::draw_below(engine, 20000) * 1024);
        const auto [place, fresh] = plain.try_emplace(text, plain.size());
        REQUIRE(index.insert(text) == std::pair<std::size_t, bool>(place->second, fresh));
    }
    REQUIRE(index.size() == plain.size());
    for (const auto& [text, row] : plain) {
        REQUIRE(index.find(text) == row);
        REQUIRE(index.view(row) == text);
        REQUIRE_FALSE(index.find(text + "x"));
    }
}

TEST_CASE("many strings at once get the rows that they get one after the other") {
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < 1'000; ++i) texts.push_back("id " + std::to_string(i * i % 701));
    const std::vector<std::string_view> views(texts.begin(), texts.end());
    for (const std::size_t size : {0U, 1U, 31U, 32U, 33U, 1'000U}) {
        graft::string_index one;
        graft::string_index all;
        one.insert("id 4");
        all.insert("id 4");
        for (std::size_t i = 0; i < size; ++i) one.insert(views[i]);
        all.insert_all(std::span(views).first(size));
        CHECK(all.size() == one.size());
        CHECK(all.common_rows(one) == one.size());
        for (const auto view : std::span(views).first(size)) CHECK(all.find(view) == one.find(view));
    }
}

TEST_CASE("a part of the index itself can be inserted, also when that makes it grow") {
    graft::string_index index;
    index.insert("abcdefghijklmnopqrstuvwxyz");
    for (std::size_t length = 1; length < 26; ++length) {
        CHECK(index.insert(index.view(0).substr(0, length)).second);
        CHECK(index.view(length) == std::string_view("abcdefghijklmnopqrstuvwxyz").substr(0, length));
    }
}

TEST_CASE("copies and moves are whole") {
    graft::string_index index;
    index.insert("one");
    index.reserve(1000, 10000);
    index.insert("two");
    graft::string_index copy = index;
    index.insert("three");
    CHECK(copy.size() == 2);
    CHECK(copy.find("two") == 1);
    CHECK_FALSE(copy.find("three"));
    const graft::string_index moved = std::move(copy);
    CHECK(moved.find("one") == 0);
    CHECK(moved.view(1) == "two");
}

TEST_CASE("strings whose hashes agree in the part that is kept are still told apart") {
    const graft::detail::string_hash hash(graft::detail::process_entropy()); // as the index has
    std::unordered_map<std::uint32_t, std::string> seen;
    int pairs = 0;
    for (int i = 0; i < 400000; ++i) { // about twenty pairs are to be expected
        const std::string text = std::to_string(i);
        const auto [place, fresh] = seen.try_emplace(static_cast<std::uint32_t>(hash(text)), text);
        if (fresh) continue;
        ++pairs;
        graft::string_index index;
        CHECK(index.insert(place->second).second);
        CHECK_FALSE(index.find(text));
        CHECK(index.insert(text) == std::pair<std::size_t, bool>(1, true));
        CHECK(index.find(place->second) == 0);
    }
    REQUIRE(pairs > 0);
}

TEST_CASE("strings that were chosen to meet in one slot do not") {
    constexpr std::size_t count = 20000;
    const auto by_std_hash = test::words_of_one_std_hash(count);
#if defined(__GLIBCXX__) && SIZE_MAX > 0xffff'ffffU
    for (const auto& word : by_std_hash)
        REQUIRE(std::hash<std::string>{}(word) == std::hash<std::string>{}(by_std_hash[0]));
#endif
    const graft::detail::string_hash known(0);
    const auto by_known_seed = test::words_for(known.keys()[1], count);
    std::vector<std::string> of_zeros;
    for (std::size_t length = 0; length < 2000; ++length) of_zeros.emplace_back(length, '\0');
    for (const auto* words :
         std::initializer_list<const std::vector<std::string>*>{&by_std_hash, &by_known_seed, &of_zeros}) {
        graft::string_index index;
        for (const auto& word : *words) index.insert(word);
        REQUIRE(index.size() == words->size());
        for (std::size_t row = 0; row < words->size(); ++row) REQUIRE(index.find((*words)[row]) == row);
        CHECK(index.longest_search() < 500);
    }
    CHECK(graft::string_index().longest_search() == 0);
}

TEST_CASE("two indexes have rows in common up to the first that differs") {
    const auto filled = [](std::initializer_list<const char*> texts) {
        graft::string_index index;
        for (const char* text : texts) index.insert(text);
        return index;
    };
    const auto index = filled({"a", "b", "c"});
    CHECK(index.common_rows(index) == 3);
    CHECK(index.common_rows(filled({"a", "b", "c"})) == 3);
    CHECK(index.common_rows(filled({"a", "b"})) == 2);
    CHECK(index.common_rows(filled({"a", "b", "c", "d"})) == 3);
    CHECK(index.common_rows(filled({"a", "c", "b"})) == 1); // the same ones in another order
    CHECK(index.common_rows(filled({"b", "a", "c"})) == 0);
    CHECK(index.common_rows(filled({})) == 0);
    auto taken = filled({"a", "b"});
    const auto other = std::move(taken);
    taken = {};
    taken.insert("a");
    CHECK(taken.common_rows(other) == 1);
}
