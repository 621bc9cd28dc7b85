// word2vec binary, with files that lie.

#include <limits>

#include <support/vector_files.hpp>

using namespace std::string_literals;
using namespace vectors_test;

TEST_CASE("word2vec binary is read, with and without an end of line after rows") {
    for (const auto* end : {"", "\n"}) {
        const auto content =
            "2 2\n" + binary_row("the", {0.5F, -2.0F}, end) + binary_row("of", {1e-3F, 7.0F}, end);
        const auto vectors = read(content);
        CHECK(words_of(vectors) == std::vector<std::string>{"the", "of"});
        CHECK(vectors["the"] == Eigen::RowVector2f(0.5F, -2.0F));
        CHECK(vectors["of"] == Eigen::RowVector2f(1e-3F, 7.0F));
#ifdef GRAFT_WITH_ZLIB
        CHECK(read(gzipped(content)).matrix() == vectors.matrix());
#endif
    }
}

TEST_CASE("a word that was cut inside a character is kept as it is") {
    const auto cut = std::string(96, 'x') + "\xc3";
    const auto content = "1 2\n" + binary_row(cut, {1, 2});
    CHECK(words_of(read(content)) == std::vector<std::string>{cut});
    CHECK(words_of(read(content, {.invalid_utf8 = graft::on_invalid_utf8::replace})) ==
          std::vector<std::string>{std::string(96, 'x') + "\xef\xbf\xbd"});
    CHECK(failure(content, {.invalid_utf8 = graft::on_invalid_utf8::error})
              .starts_with("f: byte 4: the word 'xxx"));
}

TEST_CASE("options choose rows of binary files too") {
    const auto content = "4 1\n" + binary_row("a", {1}) + binary_row("b", {2}) + binary_row("a", {3}) +
                         binary_row("c", {std::numeric_limits<float>::infinity()});
    CHECK(failure(content) ==
          "f: byte 22: the row of 'c' has a number that is not finite as a float; read with "
          ".non_finite = on_non_finite::skip to leave such rows out");
    graft::read_report report;
    const auto all = read(content, {.non_finite = graft::on_non_finite::skip, .report = &report});
    CHECK(words_of(all) == std::vector<std::string>{"a", "b"});
    CHECK(all["a"](0) == 1);
    CHECK(report.read == 4);
    CHECK(report.kept == 2);
    CHECK(report.duplicates == 1);
    CHECK(report.non_finite == 1);
    CHECK(read(content, {.limit = 3, .duplicates = graft::on_duplicate::last})["a"](0) == 3);
    CHECK(failure(content, {.limit = 3, .duplicates = graft::on_duplicate::error})
              .starts_with("f: byte 16: the word 'a'"));
    CHECK(words_of(read(content, {.wanted = std::vector{"b"s}})) == std::vector<std::string>{"b"});
    CHECK(read(content, {.limit = 0, .report = &report}).size() == 0);
    CHECK(report.stopped_at_limit);
}

TEST_CASE("binary counts that the file cannot hold are refused before memory is asked for") {
    const auto row = binary_row("a", {1, 2});
    CHECK(failure("1000000000 300\n" + row) == "f: byte 0: the header promises 1000000000 rows of 300 "
                                               "numbers, but the 10 bytes that follow hold at most 0; "
                                               "the file is cut off or the header wrong, so fetch it again");
    CHECK(failure("3 2\n" + row + row) == "f: byte 0: the header promises 3 rows of 2 numbers, but the 20 "
                                          "bytes that follow hold at most 2; the file "
                                          "is cut off or the header wrong, so fetch it again");
    CHECK(failure("1 18446744073709551615\n" + row) != "nothing was thrown");
    CHECK(failure("18446744073709551615 2\n" + row) != "nothing was thrown");
    CHECK(failure("1 0\n" + row) == "f: byte 0: the header promises rows of 0 numbers; correct it");
#ifdef GRAFT_WITH_ZLIB
    CHECK(failure(gzipped("3 2\n" + row + row)) ==
          "f: byte 24: the header promises 3 rows, but the file ends after 2; "
          "correct the header or fetch the file again");
    CHECK(failure(gzipped("1000000000 300\n" + row)) ==
          "f: byte 15: the header promises 1000000000 rows of 300 numbers, but the file ends within row 1; "
          "fetch it "
          "again");
#endif
}

TEST_CASE("a count too small, the wrong D and float64 are refused") {
    const auto row = binary_row("a", {1, 2}) + binary_row("b", {3, 4});
    CHECK(failure("1 2\n" + row) ==
          "f: byte 14: the header promises 1 rows of 2 numbers, but more bytes follow them; the "
          "header's counts are wrong, the numbers are not float32, or a word holds a space; write text if "
          "words hold spaces");
    const std::string wrong =
        " does not start with a word and a space, so that rows are not 1 float32 numbers each; the "
        "header's count is wrong, the numbers are of another type, a word holds a space, or the file is "
        "damaged; write text if words hold spaces";
    CHECK(failure("2 1\n" + row) == "f: byte 10: row 2" + wrong);
    std::string doubles = "2 1\n";
    doubles += "a " + bytes_of(0.1) + "b " + bytes_of(0.2);
    CHECK(failure(doubles) ==
          "f: byte 20: the header promises 2 rows of 1 numbers, but more bytes follow them; the "
          "header's counts are wrong, the numbers are not float32, or a word holds a space; write text if "
          "words hold spaces");
}

TEST_CASE("a word with a space is named where its rest stands for a number") {
    for (const char* const end : {"", "\n"}) { // as word2vec.c and gensim write rows
        const auto row = [&](const std::string& word) {
            return word + " " + bytes_of(0.1F) + bytes_of(0.2F) + bytes_of(0.3F) + end;
        };
        CHECK(failure("2 3\n" + row("New York") + row("Paris")) ==
              "f: byte 4: the word of row 1 is followed by 'York', which look like letters and not like "
              "numbers: "
              "it holds a space, which this format has no place for; write text");
        CHECK(failure("2 3\n" + row("Oslo") + row("New York"))
                  .find("the word of row 2 is followed by 'York'") != std::string::npos);
    }
    const auto misread =
        failure("2 3\n" + binary_row("A 1", {0.1F, 0.2F, 0.3F}) + "\n" + binary_row("Oslo", {1, 2, 3}));
    CHECK(misread.find("a word holds a space") != std::string::npos);
}

TEST_CASE("an empty word and a row that is cut off are refused") {
    CHECK(failure("2 1\n" + binary_row("a", {1}) + binary_row("", {2, 3})) ==
          "f: byte 10: the word of row 2 is empty; give the row a word");
    const auto whole = "2 2\n" + binary_row("a", {1, 2}) + binary_row("long_word", {3, 4});
    CHECK(failure(whole.substr(0, whole.size() - 1)) ==
          "f: byte 14: the header promises 2 rows of 2 numbers, but the file ends within row 2; fetch it "
          "again");
}
