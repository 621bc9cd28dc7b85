#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <graft/vectors/keyed_vectors.hpp>

namespace {
graft::keyed_vectors two_words() {
    graft::keyed_vectors::matrix_type matrix(2, 3);
    matrix << 1, 2, 3, 4, 5, 6;
    return {std::vector<std::string>{"the", "of"}, matrix};
}
} // namespace

TEST_CASE("keyed_vectors gives rows by word and by number") {
    const auto vectors = two_words();
    CHECK(vectors.size() == 2);
    CHECK(vectors.dim() == 3);
    CHECK(vectors["of"] == Eigen::RowVector3f(4, 5, 6));
    CHECK(vectors.row(0) == Eigen::RowVector3f(1, 2, 3));
    CHECK(vectors.word(1) == "of");
    CHECK(vectors.find("the") == 0);
    CHECK(vectors.row_of("of") == 1);
    CHECK(vectors.contains("of"));
    CHECK_FALSE(vectors.contains("The"));
    CHECK(vectors.words().view(0) == "the");
}

TEST_CASE("an empty keyed_vectors holds nothing") {
    const graft::keyed_vectors vectors;
    CHECK(vectors.size() == 0);
    CHECK(vectors.dim() == 0);
    CHECK_FALSE(vectors.find("a"));
}

TEST_CASE("keyed_vectors names what is asked for and not there") {
    const auto vectors = two_words();
    CHECK_THROWS_WITH_AS(static_cast<void>(vectors["cat"]),
                         "keyed_vectors: no vector for the word 'cat'; ask with contains() or find() first",
                         graft::argument_error);
    CHECK_THROWS_WITH_AS(static_cast<void>(vectors.row_of("cat")),
                         "keyed_vectors: no vector for the word 'cat'; ask with contains() or find() first",
                         graft::argument_error);
    CHECK_THROWS_WITH_AS(static_cast<void>(vectors.row(2)), "keyed_vectors: row 2 of 2 was asked for",
                         graft::argument_error);
    CHECK_THROWS_AS(static_cast<void>(vectors.word(2)), graft::argument_error);
}

TEST_CASE("keyed_vectors refuses words and rows that do not fit") {
    const graft::keyed_vectors::matrix_type matrix(2, 3);
    const auto make = [&](const std::vector<std::string>& words) {
        static_cast<void>(graft::keyed_vectors(words, matrix));
    };
    CHECK_THROWS_WITH_AS(make({"a"}), "keyed_vectors: 1 words but 2 rows; one row is needed for each word",
                         graft::argument_error);
    CHECK_THROWS_WITH_AS(make({"a", "a"}),
                         "keyed_vectors: the word 'a' has the rows 0 and 1; give each word once",
                         graft::argument_error);
}
