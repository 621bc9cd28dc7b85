#include <algorithm>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <limits>
#include <string>
#include <vector>

#include <graft/vectors/write_vectors.hpp>

#include <support/vector_files.hpp>

using namespace std::string_literals;
using namespace vectors_test;
using graft::vector_format;
using test::content_of;

namespace {

graft::keyed_vectors vectors_of(const std::vector<std::string>& words) {
    graft::keyed_vectors::matrix_type matrix(static_cast<Eigen::Index>(words.size()), 3);
    for (Eigen::Index i = 0; i < matrix.rows(); ++i)
        matrix.row(i) << 0.1F * static_cast<float>(i), -1.0F / 3.0F, (std::numeric_limits<float>::min)();
    return {words, matrix};
}

} // namespace

TEST_CASE("what is written is read again, bit by bit, in every format") {
    const temporary_file file("written");
    const temporary_file list("written_words");
    for (const auto format : {vector_format::word2vec_text, vector_format::word2vec_binary,
                              vector_format::npy, vector_format::safetensors}) {
        const bool apart = format == vector_format::npy || format == vector_format::safetensors;
        auto words = std::vector{"the"s,
                                 "gr\xc3\xb6\xc3\x9f"
                                 "e"s,
                                 "\xff"s, "<unk>"s, "7"s};
        if (format != vector_format::word2vec_binary) words.push_back("New York");
        const auto vectors = vectors_of(words);
        graft::write_vectors(file.path, vectors, format, apart ? list.path : std::filesystem::path());
        graft::read_options options;
        if (apart) options.words = list.path;
        const auto again = graft::read_vectors(file.path, options);
        CHECK(words_of(again) == words);
        CHECK(again.matrix() == vectors.matrix());
    }
}

TEST_CASE("the bytes of each format are as others write them") {
    const temporary_file file("bytes");
    const temporary_file list("bytes_words");
    graft::keyed_vectors::matrix_type matrix(2, 1);
    matrix << 0.5F, -2.0F;
    const graft::keyed_vectors vectors(std::vector{"a"s, "b"s}, matrix);
    graft::write_vectors(file.path, vectors, vector_format::word2vec_text);
    CHECK(content_of(file.path) == "2 1\na 0.5\nb -2\n");
    graft::write_vectors(file.path, vectors, vector_format::word2vec_binary);
    CHECK(content_of(file.path) == "2 1\n" + binary_row("a", {0.5F}, "\n") + binary_row("b", {-2.0F}, "\n"));
    graft::write_vectors(file.path, vectors, vector_format::npy, list.path);
    const auto npy = content_of(file.path);
    REQUIRE(npy.size() == 128 + 8);
    CHECK(npy.substr(0, 10) == "\x93NUMPY\x01\x00\x76\x00"s);
    CHECK(npy.substr(10, 59) == "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 1), }");
    CHECK(npy[127] == '\n');
    CHECK(content_of(list.path) == "a\nb\n");
    graft::write_vectors(file.path, vectors, vector_format::safetensors, list.path);
    CHECK(content_of(file.path) == bytes_of(std::uint64_t{64}) +
                                       R"({"vectors":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]}}  )" +
                                       bytes_of(0.5F, -2.0F));
}

TEST_CASE("nothing and rows of nothing are written and read again") {
    const temporary_file file("nothing");
    const temporary_file list("nothing_words");
    for (const auto format : {vector_format::word2vec_text, vector_format::word2vec_binary,
                              vector_format::npy, vector_format::safetensors}) {
        const bool apart = format == vector_format::npy || format == vector_format::safetensors;
        graft::read_options options;
        if (apart) options.words = list.path;
        for (const Eigen::Index dim : {0, 7}) {
            const graft::keyed_vectors none(std::vector<std::string>{},
                                            graft::keyed_vectors::matrix_type(0, dim));
            graft::write_vectors(file.path, none, format, options.words);
            const auto again = graft::read_vectors(file.path, options);
            CHECK(again.size() == 0);
            CHECK(again.dim() == none.dim());
        }
    }
}

TEST_CASE("words that a format would not give back are refused, and the file stays as it was") {
    const temporary_file file("refused", "before");
    const auto refused = [&](const std::string& word, vector_format format) {
        CAPTURE(word);
        CHECK_THROWS_AS(graft::write_vectors(file.path, vectors_of({"a", word}), format),
                        graft::argument_error);
    };
    for (const auto format : {vector_format::word2vec_text, vector_format::word2vec_binary}) {
        refused("", format);
        refused("a\nb", format);
        refused(" a", format);
        refused("a ", format);
    }
    refused("route 6.6", vector_format::word2vec_text);
    refused("New York", vector_format::word2vec_binary);
    CHECK_THROWS_WITH_AS(
        graft::write_vectors(file.path, vectors_of({"x", "a 1.5"}), vector_format::word2vec_text),
        "write_vectors: the word 'a 1.5' ends with a space and a number that is no plain integer, so that "
        "this "
        "format would not give it back",
        graft::argument_error);
    CHECK(content_of(file.path) == "before");
}

TEST_CASE("words that end with integers are written as text and read again, unless the first row has no "
          "other numbers") {
    const temporary_file file("ends_with_integers", "before");
    graft::keyed_vectors::matrix_type matrix(2, 2);
    matrix << 1, 0.5F, 3, 4;
    const std::vector<std::string> words{"Toy Story 2", "Area 51 7"};
    graft::write_vectors(file.path, {words, matrix}, vector_format::word2vec_text);
    const auto again = graft::read_vectors(file.path);
    CHECK(words_of(again) == words);
    CHECK(again.matrix() == matrix);
    matrix(0, 1) = 2;
    CHECK_THROWS_WITH_AS(
        graft::write_vectors(file.path, {words, matrix}, vector_format::word2vec_text),
        "write_vectors: the first row, of 'Toy Story 2', has integers alone, from which those of "
        "its word cannot be told; write another format",
        graft::argument_error);
}

TEST_CASE("a number whose bytes look like letters is refused in binary when it is written") {
    graft::keyed_vectors::matrix_type matrix(1, 1);
    std::memcpy(matrix.data(), "York", sizeof(float));
    const temporary_file file("letters", "before");
    CHECK_THROWS_AS(
        graft::write_vectors(file.path, {std::vector{"New"s}, matrix}, vector_format::word2vec_binary),
        graft::argument_error);
    graft::write_vectors(file.path, {std::vector{"New"s}, matrix}, vector_format::word2vec_text);
    CHECK(graft::read_vectors(file.path).matrix() == matrix);
}

TEST_CASE("a word list goes with npy and safetensors and with nothing else") {
    const temporary_file file("list");
    CHECK_THROWS_AS(graft::write_vectors(file.path, vectors_of({"a"}), vector_format::npy),
                    graft::argument_error);
    CHECK_THROWS_AS(graft::write_vectors(file.path, vectors_of({"a"}), vector_format::word2vec_text, "words"),
                    graft::argument_error);
}

TEST_CASE("a folder that is not there is an io_error") {
    CHECK_THROWS_AS(graft::write_vectors("/not/there/file", vectors_of({"a"}), vector_format::word2vec_text),
                    graft::io_error);
}

TEST_CASE("the vectors and their word list are two files, and neither changes where the other cannot be") {
    const temporary_file file("pair", "before");
    const temporary_file list("pair_words", "before");
    const auto vectors = vectors_of({"a"});
#ifdef _WIN32
    const std::string no_folder = ": cannot be created: No such file or directory";
#else
    const std::string no_folder = ": cannot be created: Not a directory";
#endif
    for (const auto format : {vector_format::npy, vector_format::safetensors}) {
        CHECK_THROWS_WITH_AS(graft::write_vectors(file.path, vectors, format,
                                                  file.path.parent_path() / "." / "graft_test_pair"),
                             doctest::Contains("are the same file; give each its own path"),
                             graft::argument_error);
        CHECK_THROWS_WITH_AS(graft::write_vectors(file.path, vectors, format, file.path / "words"),
                             doctest::Contains(("words" + no_folder).c_str()), graft::io_error);
        CHECK_THROWS_WITH_AS(graft::write_vectors(file.path / "vectors", vectors, format, list.path),
                             doctest::Contains(("vectors" + no_folder).c_str()), graft::io_error);
        CHECK_THROWS_WITH_AS(graft::write_vectors(file.path, vectors, format, file.path.parent_path()),
                             doctest::Contains(": this is a folder; give the path of a file"),
                             graft::io_error);
        CHECK(content_of(file.path) == "before");
        CHECK(content_of(list.path) == "before");
    }
}

TEST_CASE("a file beside that is called .part stays, and can be the word list") {
    const temporary_file file("beside", "before");
    const temporary_file part("beside.part", "a user's");
    graft::write_vectors(file.path, vectors_of({"a"}), vector_format::word2vec_text);
    CHECK(content_of(part.path) == "a user's");
    graft::write_vectors(file.path, vectors_of({"a"}), vector_format::npy, part.path);
    CHECK(content_of(part.path) == "a\n");
    graft::read_options options;
    options.words = part.path;
    CHECK(words_of(graft::read_vectors(file.path, options)) == std::vector{"a"s});
}

TEST_CASE("a single number in binary is read again or refused, whatever its bytes") {
    const temporary_file file("single", "before");
    const auto single = [](std::uint32_t bits) {
        graft::keyed_vectors::matrix_type matrix(1, 1);
        std::memcpy(matrix.data(), &bits, sizeof bits);
        return graft::keyed_vectors(std::vector{"w"s}, matrix);
    };
    std::size_t refused = 0;
    std::size_t written = 0;
    for (std::uint32_t low = 0x2b; low < 0x3b; ++low) // digits and what stands in numbers
        for (const std::uint32_t rest :
             {0x3f410a00U, 0x3f800a00U, 0x3f412000U, 0x3f313200U, 0x35322e00U, 0x3f804100U, 0x3f000000U}) {
            const auto vectors = single(rest + low);
            try {
                graft::write_vectors(file.path, vectors, vector_format::word2vec_binary);
            } catch (const graft::argument_error& error) {
                CHECK(
                    std::string(error.what()) ==
                    "write_vectors: the file would be taken for one of another format, for its first row, of "
                    "'w'; write another format");
                ++refused;
                continue;
            }
            ++written;
            CHECK(graft::read_vectors(file.path).matrix() == vectors.matrix());
        }
    CHECK(refused > 20);
    CHECK(written > 20);
}

TEST_CASE("rows that are not finite or of no numbers are refused when they are written") {
    const temporary_file file("refused_rows", "before");
    const temporary_file list("refused_rows_words");
    for (const auto format : {vector_format::word2vec_text, vector_format::word2vec_binary,
                              vector_format::npy, vector_format::safetensors}) {
        const bool apart = format == vector_format::npy || format == vector_format::safetensors;
        const auto write = [&](const graft::keyed_vectors& vectors) {
            graft::write_vectors(file.path, vectors, format, apart ? list.path : std::filesystem::path());
        };
        graft::keyed_vectors::matrix_type matrix(2, 1);
        for (const float bad :
             {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
            matrix << 1, bad;
            CHECK_THROWS_WITH_AS(
                write({std::vector{"a"s, "b"s}, matrix}),
                "write_vectors: the row of 'b' has a number that is not finite, which is refused "
                "when it is read",
                graft::argument_error);
        }
        CHECK_THROWS_WITH_AS(write({std::vector{"a"s}, graft::keyed_vectors::matrix_type(1, 0)}),
                             "write_vectors: rows of 0 numbers cannot be read again; they need 1 to 16777216",
                             graft::argument_error);
        CHECK_THROWS_AS(
            write({std::vector<std::string>{}, graft::keyed_vectors::matrix_type(0, Eigen::Index{1} << 25)}),
            graft::argument_error);
        if (format == vector_format::word2vec_binary)
            CHECK_THROWS_AS(write({std::vector{std::string(65'536, 'w')},
                                   graft::keyed_vectors::matrix_type(matrix.topRows(1))}),
                            graft::argument_error);
        CHECK(content_of(file.path) == "before");
    }
}

TEST_CASE("a first word that begins like the mark of another file is read again") {
    const temporary_file file("first_word");
    const temporary_file list("first_word_list");
    for (const auto format : {vector_format::word2vec_text, vector_format::word2vec_binary,
                              vector_format::npy, vector_format::safetensors}) {
        const bool apart = format == vector_format::npy || format == vector_format::safetensors;
        graft::read_options options;
        if (apart) options.words = list.path;
        for (const char* const start : {"\xef\xbb\xbf", "\xef\xbb\xbf\xef\xbb\xbf", "\x1f\x8b", "PK\x03\x04",
                                        "<html>", "\x93NUMPY", "\xba\x16O/", "\x28\xb5\x2f\xfd"}) {
            const bool control = std::any_of(start, start + std::strlen(start), [](char letter) {
                return static_cast<unsigned char>(letter) < ' ';
            });
            if (format == vector_format::word2vec_binary && control) continue;
            const auto words = std::vector{start + "a"s, "b"s};
            const auto vectors = vectors_of(words);
            graft::write_vectors(file.path, vectors, format, options.words);
            const auto again = graft::read_vectors(file.path, options);
            CHECK(words_of(again) == words);
            CHECK(again.matrix() == vectors.matrix());
        }
    }
}

TEST_CASE("a text row that would be taken for another format is refused when it is written") {
    const temporary_file file("taken_for", "before");
    graft::keyed_vectors::matrix_type matrix(1, 1);
    matrix << 0.5F;
    // Eight bytes of which the upper three are zero, and a brace: safetensors.
    CHECK_THROWS_AS(
        graft::write_vectors(file.path, {std::vector{"w\0\0\0{"s}, matrix}, vector_format::word2vec_text),
        graft::argument_error);
    CHECK(content_of(file.path) == "before");
}

TEST_CASE("fvecs: the count and the numbers of each row, the words apart") {
    const temporary_file file("fvecs");
    const temporary_file list("fvecs words");
    const std::vector<std::string> words{"tea", "jam"};
    graft::keyed_vectors::matrix_type matrix(2, 1);
    matrix << 1, -2;
    graft::write_vectors(file.path, graft::keyed_vectors(words, matrix), vector_format::fvecs, list.path);
    CHECK(content_of(file.path) == "\x01\x00\x00\x00\x00\x00\x80\x3f\x01\x00\x00\x00\x00\x00\x00\xc0"s);
    CHECK(content_of(list.path) == "tea\njam\n");
}
