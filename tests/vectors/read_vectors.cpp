#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include <graft/vectors/read_vectors.hpp>

#include "gzip.hpp"

using namespace std::string_literals;
using namespace std::string_view_literals;

namespace {

graft::keyed_vectors read(std::string_view content, const graft::read_options& options = {}) {
    return graft::read_vectors_from(content, "f", options);
}

std::vector<std::string> words_of(const graft::keyed_vectors& vectors) {
    return {vectors.words().begin(), vectors.words().end()};
}

std::string binary_row(std::string_view word, std::vector<float> numbers, std::string_view end = "") {
    std::string row(word);
    row += ' ';
    row.append(reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(float));
    row += end;
    return row;
}

} // namespace

TEST_CASE("GloVe text is read") {
    const auto vectors = read("the 0.5 -1.25\nof 3 4e-1\n");
    CHECK(words_of(vectors) == std::vector<std::string>{"the", "of"});
    CHECK(vectors["the"] == Eigen::RowVector2f(0.5F, -1.25F));
    CHECK(vectors["of"] == Eigen::RowVector2f(3.0F, 0.4F));
}

TEST_CASE("word2vec text is read, with its header and the space at the end of rows") {
    const auto vectors = read("2 3\nthe 1 2 3 \nof 4 5 6 \n");
    CHECK(words_of(vectors) == std::vector<std::string>{"the", "of"});
    CHECK(vectors["of"] == Eigen::RowVector3f(4, 5, 6));
}

TEST_CASE("word2vec binary is read, with and without the end of line after rows") {
    for (const auto end : {"", "\n"}) {
        const auto content =
            "2 2\n" + binary_row("the", {0.5F, -2.0F}, end) + binary_row("of", {1e-3F, 7.0F}, end);
        const auto vectors = read(content);
        CHECK(words_of(vectors) == std::vector<std::string>{"the", "of"});
        CHECK(vectors["the"] == Eigen::RowVector2f(0.5F, -2.0F));
        CHECK(vectors["of"] == Eigen::RowVector2f(1e-3F, 7.0F));
    }
}

TEST_CASE("limit and wanted words choose rows") {
    const auto text = "a 1 2\nb 3 4\nc 5 6\nd 7 8\n"s;
    graft::read_report report;
    CHECK(words_of(read(text, {.limit = 2, .report = &report})) == std::vector<std::string>{"a", "b"});
    CHECK(report.read == 2);
    CHECK(report.stopped_at_limit);
    const auto none = read(text, {.limit = 0, .report = &report});
    CHECK(none.size() == 0);
    CHECK(none.dim() == 2);
    CHECK(report.stopped_at_limit);
    const auto some = read(text, {.wanted = std::vector{"d"s, "b"s, "x"s}, .report = &report});
    CHECK(words_of(some) == std::vector<std::string>{"b", "d"});
    CHECK(some["d"] == Eigen::RowVector2f(7, 8));
    CHECK(report.read == 4);
    CHECK(report.kept == 2);
    CHECK(report.unwanted == 2);
    CHECK(report.not_found == std::vector<std::string>{"x"});
    CHECK_FALSE(report.stopped_at_limit);
}

TEST_CASE("a file on the disk is read") {
    const auto path = std::filesystem::temp_directory_path() / "graft_read_vectors_test.txt";
    {
        std::FILE* file = std::fopen(path.string().c_str(), "wb");
        REQUIRE(file != nullptr);
        std::fputs("a 1 2\nb 3 4", file);
        std::fclose(file);
    }
    const auto vectors = graft::read_vectors(path);
    std::filesystem::remove(path);
    CHECK(words_of(vectors) == std::vector<std::string>{"a", "b"});
    CHECK_THROWS_AS(static_cast<void>(graft::read_vectors(path)), graft::io_error);
    CHECK_THROWS_AS(static_cast<void>(graft::read_vectors(path.parent_path())), graft::io_error);
}

#ifdef GRAFT_WITH_ZLIB
TEST_CASE("gzipped files are read, also of several members") {
    CHECK(words_of(read(gzipped("a 1 2\nb 3 4\n"))) == std::vector<std::string>{"a", "b"});
    CHECK(words_of(read(gzipped("a 1 2\nb 3") + gzipped(" 4\nc 5 6\n"))) ==
          std::vector<std::string>{"a", "b", "c"});
    const auto binary = "2 1\n" + binary_row("a", {1}) + binary_row("b", {2});
    CHECK(words_of(read(gzipped(binary))) == std::vector<std::string>{"a", "b"});
}
#endif

TEST_CASE("the real GloVe file is read") {
    const std::filesystem::path path = GRAFT_REAL_DATA "/glove-wiki-gigaword-100.top100k.gz";
    if (!std::filesystem::exists(path)) {
        MESSAGE("no real data at " << path.string());
        return;
    }
    const auto vectors = graft::read_vectors(path, {.limit = 1000});
    CHECK(vectors.size() == 1000);
    CHECK(vectors.dim() == 100);
    CHECK(vectors.word(0) == "the");
    CHECK(vectors["the"](0) == doctest::Approx(-0.038194));
}
