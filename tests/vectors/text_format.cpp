// The rules of text files, and what becomes of files that break them.

#include <support/vector_files.hpp>

using namespace std::string_literals;
using namespace vectors_test;

TEST_CASE("GloVe text is read") {
    const auto vectors = read("the 0.5 -1.25\nof 3 4e-1\n");
    CHECK(words_of(vectors) == std::vector<std::string>{"the", "of"});
    CHECK(vectors["the"] == Eigen::RowVector2f(0.5F, -1.25F));
    CHECK(vectors["of"] == Eigen::RowVector2f(3.0F, 0.4F));
}

TEST_CASE("word2vec text and fastText .vec are read: a header, and rows that may end in a space") {
    const auto vectors = read("2 3\nthe 1 2 3 \nof 4 5 6 \n");
    CHECK(words_of(vectors) == std::vector<std::string>{"the", "of"});
    CHECK(vectors["of"] == Eigen::RowVector3f(4, 5, 6));
}

TEST_CASE("the last line need not end, and lines may end as on Windows") {
    CHECK(words_of(read("a 1 2\nb 3 4")) == std::vector<std::string>{"a", "b"});
    CHECK(read("a 1 2\r\nb 3 4\r\n")["b"] == Eigen::RowVector2f(3, 4));
    CHECK(read("2 2\r\na 1 2 \r\nb 3 4\r")["b"] == Eigen::RowVector2f(3, 4));
}

TEST_CASE("words may hold spaces, and characters that only look like spaces") {
    const auto vectors = read("a 1 2\n. . . 3 4\nat name@domain.com 5 6\n1\xc2\xa0\x30 7 8\n\xc2\x85 9 "
                              "10\n\xe2\x80\x89 11 12\nx\ty 13 14\n");
    CHECK(words_of(vectors) == std::vector<std::string>{"a", ". . .", "at name@domain.com", "1\xc2\xa0\x30",
                                                        "\xc2\x85", "\xe2\x80\x89", "x\ty"});
    CHECK(vectors[". . ."] == Eigen::RowVector2f(3, 4));
    CHECK(vectors["\xe2\x80\x89"] == Eigen::RowVector2f(11, 12));
}

TEST_CASE("words may be numbers") {
    const auto vectors = read("7 0.5 2\n8 3 4\n");
    CHECK(words_of(vectors) == std::vector<std::string>{"7", "8"});
    CHECK(words_of(read("2 1\n5 0.5\n6 1\n")) == std::vector<std::string>{"5", "6"});
}

TEST_CASE("several spaces are one") {
    const auto vectors = read(" a  1   2  \nb 3 4\n");
    CHECK(words_of(vectors) == std::vector<std::string>{"a", "b"});
    CHECK(vectors["a"] == Eigen::RowVector2f(1, 2));
}

TEST_CASE("blank lines are counted and left out") {
    graft::read_report report;
    const auto vectors = read("\n2 1\n\na 1\n \n\r\nb 2\n\n\n", {.report = &report});
    CHECK(words_of(vectors) == std::vector<std::string>{"a", "b"});
    CHECK(report.blank_lines == 6);
    CHECK(report.read == 2);
    CHECK(failure("a 1\n\n\nb x\n") ==
          "f:4: 'x' in the row of 'b' is not a number; rows here have 1 numbers");
}

TEST_CASE("a byte order mark is no part of the first word") {
    CHECK(words_of(read("\xef\xbb\xbf"
                        "a 1 2\n")) == std::vector<std::string>{"a"});
    CHECK(words_of(read("\xef\xbb\xbf"
                        "1 2\na 1 2\n")) == std::vector<std::string>{"a"});
}

TEST_CASE("GloVe's row for <unk> need not be in the header's count") {
    CHECK(words_of(read("1 2\na 1 2\n<unk> 3 4\n")) == std::vector<std::string>{"a", "<unk>"});
    CHECK(words_of(read("2 2\na 1 2\n<unk> 3 4\n")) == std::vector<std::string>{"a", "<unk>"});
}

TEST_CASE("a header that promises another number of rows is refused with both counts") {
    CHECK(failure("3 2\na 1 2\nb 3 4\n") ==
          "f:1: the header promises 3 rows, but the file has 2; correct the header or fetch the file again");
    CHECK(failure("1 2\na 1 2\nb 3 4\nc 5 6\n") ==
          "f:1: the header promises 1 rows, but the file has 3; correct the header or fetch the file again");
    CHECK(failure("1000000000 300\na 1 2\n") == "f:1: the header promises 300 numbers in a row, but the row "
                                                "on line 2 has 2; correct the header or fetch "
                                                "the file again");
    CHECK(failure("1000000000 2\na 1 2\n") == "f:1: the header promises 1000000000 rows, but the file has 1; "
                                              "correct the header or fetch the file again");
    CHECK(failure("4 2\n") ==
          "f:1: the header promises 4 rows, but the file has 0; correct the header or fetch the file again");
    CHECK(failure("1 0\na\n") == "f:1: the header promises rows of 0 numbers; correct it");
    CHECK(failure("99999999999999999999999 2\na 1 2\n") != "nothing was thrown");
    CHECK(failure("1 18446744073709551615\na 1 2\n") != "nothing was thrown");
}

TEST_CASE("a header of no rows gives an empty result") {
    const auto vectors = read("0 300\n");
    CHECK(vectors.size() == 0);
    CHECK(vectors.dim() == 300);
}

TEST_CASE("rows that are short or long are refused with their line") {
    CHECK(failure("a 1 2 3\nb 1\n") ==
          "f:2: the row of 'b' has 1 numbers, but rows here have 3; correct the row, or "
          "fetch the file again if it is cut off");
    CHECK(failure("a 1 2 3\nb 1 2\n") ==
          "f:2: the row of 'b' has 2 numbers, but rows here have 3; correct the row, or "
          "fetch the file again if it is cut off");
    CHECK(failure("a 1 2 3\nb\n") ==
          "f:2: the row of 'b' has 0 numbers, but rows here have 3; correct the row, or "
          "fetch the file again if it is cut off");
    CHECK(failure("a 1 2\nb 1 2 3\n") ==
          "f:2: the row of 'b' has 3 numbers, but rows here have 2; correct the row");
    CHECK(failure("a 1 2\nb 1 2 3 4 5\n") ==
          "f:2: the row of 'b' has 5 numbers, but rows here have 2; correct the row");
}

TEST_CASE("where a header says how many numbers there are, words may end with integers") {
    const auto toys = read("2 3\nToy Story 0.1 0.2 0.3\nToy Story 2 0.4 0.5 0.6\n");
    CHECK(words_of(toys) == std::vector<std::string>{"Toy Story", "Toy Story 2"});
    CHECK(toys["Toy Story 2"] == Eigen::RowVector3f(0.4F, 0.5F, 0.6F));
    CHECK(words_of(read("2 2\nArea 51 0.1 -2\n1984 2 7 1 2\n")) ==
          std::vector<std::string>{"Area 51", "1984 2 7"});
    CHECK(words_of(read("2 2\nArea 51 0.1 -2\r\nArea 5 1 2\r\n", {.wanted = {{"Area 5"}}})) ==
          std::vector<std::string>{"Area 5"});
    // Where the first row has too many numbers, the header may be wrong; decimals are no part of a word.
    CHECK(failure("2 3\na 1 2 3 4\nb 1 2 3 4\n")
              .find("f:1: the header promises 3 numbers in a row, but the row "
                    "on line 2 has 4") == 0);
    CHECK(failure("2 3\na 0.1 0.2 0.3 0.4\nb 0.1 0.2 0.3 0.4\n").find("on line 2 has 4") !=
          std::string::npos);
    CHECK(failure("2 3\na 0.1 0.2 0.3\nb 0.1 0.2 0.3 0.4\n") ==
          "f:3: the row of 'b' has 4 numbers, but rows here have 3; correct the row");
}

TEST_CASE("rows without a word are left out and counted where the option says so") {
    graft::read_report report;
    const graft::read_options skip{.empty_words = graft::on_empty_word::skip, .report = &report};
    CHECK(words_of(read("2 2\nking 0.1 0.2\n  0.1 0.2\n", skip)) == std::vector<std::string>{"king"});
    CHECK(report.read == 2);
    CHECK(report.kept == 1);
    CHECK(report.empty_words == 1);
    CHECK(words_of(read("2 2\n  0.1 0.2\nking 0.1 0.2\n", skip)) == std::vector<std::string>{"king"});
    CHECK(words_of(read("king 0.1 0.2\n 3 4\nqueen 1 2\n", skip)) ==
          std::vector<std::string>{"king", "queen"});
    CHECK(report.empty_words == 1);
    CHECK(failure("2 2\n  0.1 0.2\nking 0.1 0.2\n").find("f:2: the word is empty") == 0);
    CHECK(failure("king 0.1 0.2\n3\n", skip) != "nothing was thrown");
}

TEST_CASE("commas, carriage returns alone and binary bytes are named") {
    for (const auto* text : {"king,0.1,0.2\n", "king 0,1 0,2\n", "2,3\nking 0.1 0.2\n", "2 2\nking,0.1,0.2\n",
                             "2 2\nking 0,1 0,2\n", "king 0.1 0.2\ntea,0.3,0.4\n"})
        CHECK(failure(text).find(" has commas; words and numbers are separated by spaces") !=
              std::string::npos);
    for (const auto* text : {"[[0.1, 0.2]]", "{\"king\": [0.1, 0.2]}\n"})
        CHECK(failure(text) == "f:1: this looks like JSON; write lines `word v1 .. vD`, separated by spaces");
    for (const auto* text : {"2 2\rking 0.1 0.2\rtea 0.3 0.4\r", "king 0.1 0.2\rtea 0.3 0.4"})
        CHECK(failure(text).find("f: byte 0: lines end in a carriage return alone") == 0);
    CHECK(failure("\x9a\x99\x99\x3e\xcd\xcc\x0c\x3f\n\x01\x02"s)
              .find("a binary file is read if it is word2vec's") != std::string::npos);
}

TEST_CASE("what is no number is named") {
    CHECK(failure("a 1 2\nb 1 x\n") ==
          "f:2: 'x' in the row of 'b' is not a number; rows here have 2 numbers");
    CHECK(failure("a 1 2\nb 0x10 1\n") ==
          "f:2: '0x10' in the row of 'b' is not a number; rows here have 2 numbers");
    CHECK(failure("a 1 2\nb 1 1_0\n") ==
          "f:2: '1_0' in the row of 'b' is not a number; rows here have 2 numbers");
    CHECK(failure("a 1 2\nb 1,5 2\n") ==
          "f:2: '1,5' in the row of 'b' is not a number; rows here have 2 numbers");
    CHECK(failure("2 2\na 1 x\nb 1 2\n") ==
          "f:2: 'x' in the row of 'a' is not a number; rows here have 2 numbers");
    CHECK(failure("a b\nc d\n") ==
          "f:1: no numbers end this line 'a b'; a text file of vectors has lines `word v1 .. "
          "vD`, separated by spaces");
    CHECK(read("a 1 2\nb +1 +0.5\n")["b"] == Eigen::RowVector2f(1, 0.5F));
}

TEST_CASE("a tab between the first word and its numbers is refused, and does not become a part of the word") {
    for (const std::string header : {"", "2 3\n"})
        CHECK(failure(header + "king\t0.1 0.2 0.3\ntea\t0.4 0.5 0.6\n") ==
              (header.empty()
                   ? "f:1: the row of 'king' has tabs; words and numbers are separated by spaces"
                   : "f:2: the row of 'king' has tabs; words and numbers are separated by spaces"));
}

TEST_CASE("tabs between numbers are refused and named") {
    CHECK(failure("a 1 2\nb\t1\t2\n") ==
          "f:2: the row of 'b\\x091\\x092' has tabs; words and numbers are separated by spaces");
    CHECK(failure("a\t1\t2\n") == "f:1: the row of 'a' has tabs; words and numbers are separated by spaces");
}

TEST_CASE("an empty word is refused") {
    CHECK(failure("a 1 2 3\n 4 5 6\n") ==
          "f:2: the word is empty: the line has 3 numbers and nothing before them; give the row a word, or "
          "read with .empty_words = on_empty_word::skip");
    CHECK(failure("2 2\na 1 2\n 4 5\n") ==
          "f:3: the word is empty: the line has 2 numbers and nothing before them; give the row a word, or "
          "read with .empty_words = on_empty_word::skip");
}

TEST_CASE("numbers that are not finite are refused or leave their row out") {
    for (const auto* number : {"nan", "NaN", "-nan", "inf", "-inf", "Infinity", "1e400", "-1e39"}) {
        CAPTURE(number);
        const auto text = "a 1 2\nb 1 "s + number + "\nc 3 4\n";
        CHECK(failure(text) == "f:2: the row of 'b' has a number that is not finite as a float; read with "
                               ".non_finite = on_non_finite::skip to leave such rows out");
        graft::read_report report;
        const auto vectors = read(text, {.non_finite = graft::on_non_finite::skip, .report = &report});
        CHECK(words_of(vectors) == std::vector<std::string>{"a", "c"});
        CHECK(vectors["c"] == Eigen::RowVector2f(3, 4));
        CHECK(report.non_finite == 1);
        CHECK(report.read == 3);
        CHECK(report.kept == 2);
    }
    CHECK(read("a 1 1e-400\n")["a"] == Eigen::RowVector2f(1, 0));
}

TEST_CASE("a word that comes again is kept the first or the last time, or refused") {
    const auto text = "a 1 2\nb 3 4\na 5 6\nc 7 8\n"s;
    graft::read_report report;
    const auto first = read(text, {.report = &report});
    CHECK(words_of(first) == std::vector<std::string>{"a", "b", "c"});
    CHECK(first["a"] == Eigen::RowVector2f(1, 2));
    CHECK(first["c"] == Eigen::RowVector2f(7, 8)); // no row is shifted
    CHECK(first.matrix().rows() == 3);             // and none is left over
    CHECK(report.duplicates == 1);
    CHECK(report.read == 4);
    const auto last = read(text, {.duplicates = graft::on_duplicate::last});
    CHECK(words_of(last) == std::vector<std::string>{"a", "b", "c"});
    CHECK(last["a"] == Eigen::RowVector2f(5, 6));
    CHECK(failure(text, {.duplicates = graft::on_duplicate::error}) ==
          "f:3: the word 'a' comes again (first as word 1 of those kept); read with .duplicates = "
          "on_duplicate::first or ::last");
}

TEST_CASE("words that are not UTF-8 are kept, mended or refused") {
    const auto text = "a 1 2\nx\xff 3 4\nx\xc3 5 6\n"s;
    CHECK(words_of(read(text)) == std::vector<std::string>{"a", "x\xff", "x\xc3"});
    graft::read_report report;
    const auto mended = read(text, {.invalid_utf8 = graft::on_invalid_utf8::replace, .report = &report});
    CHECK(words_of(mended) == std::vector<std::string>{"a", "x\xef\xbf\xbd"});
    CHECK(report.invalid_utf8 == 2);
    CHECK(report.duplicates == 1); // both are the same now
    CHECK(
        failure(text, {.invalid_utf8 = graft::on_invalid_utf8::error}) ==
        "f:2: the word 'x\\xff' is not UTF-8; read with .invalid_utf8 = on_invalid_utf8::keep or ::replace");
    // A wanted word may be one that was mended.
    CHECK(words_of(read(text, {.wanted = std::vector{"x\xef\xbf\xbd"s},
                               .invalid_utf8 = graft::on_invalid_utf8::replace})) ==
          std::vector<std::string>{"x\xef\xbf\xbd"});
}

TEST_CASE("the limit counts rows of the file, and nothing beyond is looked at") {
    const auto text = "5 2\na 1 2\n\nb 3 4\nb 5 6\nthis is no row\n"s;
    graft::read_report report;
    CHECK(read(text, {.limit = 3, .report = &report}).size() == 2);
    CHECK(report.read == 3);
    CHECK(report.duplicates == 1);
    CHECK(report.blank_lines == 1);
    CHECK(report.stopped_at_limit);
    const auto none = read(text, {.limit = 0, .report = &report});
    CHECK(none.size() == 0);
    CHECK(none.dim() == 2);
    CHECK(report.read == 0);
    CHECK(report.stopped_at_limit);
    CHECK(read("a 1\nb 2\n", {.limit = 2, .report = &report}).size() == 2);
    CHECK_FALSE(report.stopped_at_limit);
}

TEST_CASE("only wanted words are kept, and the numbers of others are not looked at") {
    const auto text = "a 1 2\nb x\nc d 3 4\nc 5 6\nd 7 8\n"s;
    graft::read_report report;
    const auto vectors = read(text, {.wanted = std::vector{"d"s, "c d"s, "z"s}, .report = &report});
    CHECK(words_of(vectors) == std::vector<std::string>{"c d", "d"});
    CHECK(vectors["c d"] == Eigen::RowVector2f(3, 4));
    CHECK(report.read == 5);
    CHECK(report.unwanted == 3);
    CHECK(report.kept == 2);
    CHECK(report.not_found == std::vector<std::string>{"z"});
    CHECK(read(text, {.wanted = std::vector<std::string>{}}).size() == 0);
}

TEST_CASE("blank lines are no unwanted rows, and a header of no rows is no reason for a wide matrix") {
    graft::read_report report;
    static_cast<void>(read("a 1\r\n\r\nb 2\r\n", {.wanted = std::vector{"b"s}, .report = &report}));
    CHECK(report.unwanted == 1);
    CHECK(report.blank_lines == 1);
    CHECK(failure("0 9305669623551087779\n") ==
          "f:1: the header promises rows of 9305669623551087779 numbers; correct it");
    CHECK(failure("0 0\na\n") == "f:1: the header promises rows of 0 numbers; correct it");
    CHECK(failure("2 9305669623551087779\n") ==
          "f:1: the header promises rows of 9305669623551087779 numbers; correct it");
    CHECK(words_of(read("a 1 \r 2\n")) == std::vector<std::string>{"a 1 \r"}); // a return ends nothing there
}

TEST_CASE("wanted words may be found in another case") {
    const auto text = "paris 1\nBERLIN 2\nRome 3\n"s;
    const std::vector wanted{"Paris"s, "berlin"s, "rome"s, "Oslo"s};
    graft::read_report report;
    CHECK(read(text, {.wanted = wanted}).size() == 0);
    const auto vectors = read(text, {.wanted = wanted, .case_fallback = true, .report = &report});
    CHECK(words_of(vectors) == std::vector<std::string>{"paris", "BERLIN", "Rome"});
    CHECK(report.not_found == std::vector<std::string>{"Oslo"});
    CHECK(graft::find_in_any_case(vectors, "Paris") == 0);
    CHECK(graft::find_in_any_case(vectors, "berlin") == 1);
    CHECK(graft::find_in_any_case(vectors, "ROME") == 2);
    CHECK_FALSE(graft::find_in_any_case(vectors, "Oslo"));
}

TEST_CASE("a long file gives the same for any number of threads, and so does a mistake in it") {
    std::string text;
    for (int i = 0; i < 60'000; ++i) {
        text += std::to_string(i % 50'000);
        text += " 0.125 -2.5 ";
        text += std::to_string(i);
        text += i % 7 == 0 ? " \n" : "\n";
    }
    REQUIRE(text.size() > (std::size_t{1} << 20U)); // below, no threads are started
    graft::read_report one_report;
    const auto one =
        read(text, {.duplicates = graft::on_duplicate::last, .threads = 1, .report = &one_report});
    CHECK(one.size() == 50'000);
    CHECK(one["9999"](2) == 59'999);
    CHECK(one["49999"](2) == 49'999);
    for (const std::size_t threads : {2U, 3U, 8U}) {
        graft::read_report report;
        const auto many =
            read(text, {.duplicates = graft::on_duplicate::last, .threads = threads, .report = &report});
        CHECK(words_of(many) == words_of(one));
        CHECK(many.matrix() == one.matrix());
        CHECK(report.duplicates == one_report.duplicates);
        CHECK(report.read == 60'000);
        CHECK(read(text, {.limit = 33'333, .threads = threads}).size() == 33'333);
    }
    auto broken = text;
    broken[text.find("\n30000 ") + 7] = 'x'; // of many mistakes the first is told
    broken[text.find("\n45000 ") + 7] = 'x';
    for (const std::size_t threads : {1U, 2U, 8U})
        CHECK(failure(broken, {.threads = threads}) ==
              "f:30001: 'x.125' in the row of '30000' is not a number; rows here have 3 numbers");
}

TEST_CASE("a row longer than a block is read") {
    std::string text = "a";
    for (int i = 0; i < 100'000; ++i) text += " 0.5";
    text += "\nb";
    for (int i = 0; i < 100'000; ++i) text += " 1";
    const auto vectors = read(text);
    CHECK(vectors.size() == 2);
    CHECK(vectors.dim() == 100'000);
    CHECK(vectors["b"].sum() == 100'000);
#ifdef GRAFT_WITH_ZLIB
    CHECK(read(gzipped(text)).matrix() == vectors.matrix());
#endif
}

#ifdef GRAFT_WITH_ZLIB
TEST_CASE("a long gzipped file is the same as the plain one for any number of threads") {
    std::string text;
    for (int i = 0; i < 50'000; ++i) text += std::to_string(i * 7919 % 60'007) + " 0.5 -1.25 3\n";
    const auto packed = gzipped(text);
    constexpr std::size_t block = 4096; // so that there are many
    REQUIRE(packed.size() > 4 * block);
    const auto read_blocks = [&](std::string_view content, std::size_t threads) {
        const graft::read_options options{.threads = threads};
        graft::read_report report;
        graft::detail::byte_source source(content, "f");
        return graft::detail::text_reader(source, options, report, block).read();
    };
    const auto plain = read(text, {.threads = 1});
    for (const std::size_t threads : {1U, 2U, 5U}) {
        const auto vectors = read_blocks(packed, threads);
        CHECK(words_of(vectors) == words_of(plain));
        CHECK(vectors.matrix() == plain.matrix());
    }
    // Of a broken row and a file that is cut off behind it, the row is told.
    text[text.find('\n', text.size() / 2) + 9] = 'x';
    const auto broken = gzipped(text);
    const auto told = [&](std::string_view content, std::size_t threads) -> std::string {
        try {
            static_cast<void>(read_blocks(content, threads));
        } catch (const graft::format_error& error) { return error.what(); }
        return "nothing was thrown";
    };
    const auto first = told(broken, 1);
    CHECK(first.find("is not a number; rows here have 3 numbers") != std::string::npos);
    for (const std::size_t threads : {1U, 2U, 5U}) {
        CHECK(told(broken.substr(0, broken.size() - 9), threads) == first);
        CHECK(told(packed.substr(0, packed.size() - 9), threads)
                  .find("the gzip data ends before its checksum") != std::string::npos);
    }
}
#endif
