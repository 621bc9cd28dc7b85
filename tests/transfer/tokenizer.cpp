#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <graft/transfer/tokenizer.hpp>

using words = std::vector<std::string>;

TEST_CASE("titles become runs of letters in lower case, without the year at the end") {
    const graft::title_words cut;
    CHECK(cut("Toy Story (1995)") == words{"toy", "story"});
    CHECK(cut("Postino, Il (1994)  ") == words{"postino", "il"});
    CHECK(cut("Sci-Fi") == words{"sci", "fi"});
    CHECK(cut("2001: A Space Odyssey (1968)") == words{"a", "space", "odyssey"});
    CHECK(graft::title_words{.digits = true}("Se7en 12 (1995)") == words{"se7en", "12"});
    CHECK(cut("").empty());
    CHECK(cut(" (1995)").empty());
    CHECK(cut("1 + 1 = 2").empty());
}

TEST_CASE("letters beyond ASCII are kept and lowered") {
    const graft::title_words cut;
    CHECK(cut("FANT\xc3\x94MAS \xc3\x97 \xc3\x80 l\xe2\x80\x99ombre") ==
          words{"fant\xc3\xb4mas", "\xc3\xa0", "l", "ombre"});
    CHECK(cut("\xc5\xa0koda \xc5\xbd \xc5\x81") == words{"\xc5\xa1koda", "\xc5\xbe", "\xc5\x82"});
    CHECK(cut("\xc5\xb8") == words{"\xc3\xbf"}); // Y with diaeresis
    CHECK(cut("\xd0\x9c\xd0\x98\xd0\xa0 \xd0\x81") ==
          words{"\xd0\xbc\xd0\xb8\xd1\x80", "\xd1\x91"});        // Cyrillic
    CHECK(cut("\xce\x91\xce\xa9") == words{"\xce\xb1\xcf\x89"}); // Greek
    CHECK(cut("\xe5\x8d\x83\xe3\x80\x81\xe5\xb0\x8b") ==
          words{"\xe5\x8d\x83", "\xe5\xb0\x8b"});                // Chinese, comma
    CHECK(cut("\xf0\xa0\x80\x80") == words{"\xf0\xa0\x80\x80"}); // beyond 16 bits
    CHECK(cut("caf\xe9 x\xff") == words{"caf", "x"});            // not UTF-8
}

TEST_CASE("the year of a title") {
    CHECK(graft::release_year("Toy Story (1995)") == 1995);
    CHECK(graft::release_year("Toy Story (1995) ") == 1995);
    CHECK_FALSE(graft::release_year("Toy Story").has_value());
    CHECK_FALSE(graft::release_year("(199x)").has_value());
    CHECK_FALSE(graft::release_year("1995)").has_value());
    CHECK_FALSE(graft::release_year("(1995) b").has_value());
    CHECK_FALSE(graft::release_year("").has_value());
}
