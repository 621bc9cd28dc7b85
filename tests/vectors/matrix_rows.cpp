#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include <graft/vectors/detail/matrix_rows.hpp>

#include <support/vector_files.hpp>

using namespace vectors_test;
using graft::detail::matrix_layout;
using graft::detail::number_type;

namespace {

/// The numbers of "f" with the words of "w".
graft::keyed_vectors join(std::string_view numbers, const matrix_layout& layout, std::string_view words,
                          const graft::read_options& options = {}, graft::read_report* report = nullptr) {
    graft::detail::byte_source source(numbers, "f");
    graft::detail::byte_source list(words, "w");
    graft::read_report counts;
    auto rows = graft::detail::read_matrix_rows(source, layout, list, options, counts);
    if (report != nullptr) *report = counts;
    return rows;
}

std::string what_fails(std::string_view numbers, const matrix_layout& layout, std::string_view words,
                       const graft::read_options& options = {}) {
    try {
        static_cast<void>(join(numbers, layout, words, options));
    } catch (const graft::format_error& error) { return error.what(); }
    return "nothing was thrown";
}

} // namespace

TEST_CASE("rows and columns of a matrix meet the lines of a word list") {
    const std::string numbers = bytes_of(1.0F, 2.0F, 3.0F, 4.0F, 5.0F, 6.0F);
    const auto rows = join(numbers, {.rows = 2, .dim = 3}, "a b\nc\n");
    CHECK(words_of(rows) == std::vector<std::string>{"a b", "c"});
    CHECK(rows["c"] == Eigen::RowVector3f(4, 5, 6));
    const auto columns = join(numbers, {.rows = 2, .dim = 3, .by_columns = true}, "a b\nc");
    CHECK(columns["c"] == Eigen::RowVector3f(2, 4, 6));
    CHECK(join({}, {}, {}).size() == 0);
}

TEST_CASE("options choose rows of a matrix too") {
    const float infinity = std::numeric_limits<float>::infinity();
    const std::string numbers = bytes_of(1.0F, infinity, 3.0F);
    const matrix_layout layout{.rows = 3, .dim = 1};
    const std::string_view words = "\xef\xbb\xbf"
                                   "a\r\nb\r\na";
    CHECK(what_fails(numbers, layout, words) ==
          "w:2: the row of 'b' has a number that is not finite as a float; read with .non_finite "
          "= on_non_finite::skip to leave such rows out");
    graft::read_options options{.non_finite = graft::on_non_finite::skip};
    graft::read_report report;
    CHECK(words_of(join(numbers, layout, words, options, &report)) == std::vector<std::string>{"a"});
    CHECK(report.read == 3);
    CHECK(report.kept == 1);
    CHECK(report.non_finite == 1);
    CHECK(report.duplicates == 1);
    options.limit = 1;
    CHECK(join(numbers, layout, words, options, &report)["a"](0) == 1);
    CHECK(report.stopped_at_limit);
    options.wanted = {"b"};
    CHECK(join(numbers, layout, words, options).size() == 0);
    const std::string huge = bytes_of(1.0, 1e300, 3.0); // infinite as a float
    CHECK(what_fails(huge, {.rows = 3, .dim = 1, .type = number_type::float64}, words)
              .find("w:2: the row of 'b' has a number that is not finite") == 0);
}

TEST_CASE("a word list of another length is refused with both counts") {
    const std::string numbers = bytes_of(1.0F, 2.0F, 3.0F);
    const matrix_layout layout{.rows = 3, .dim = 1};
    CHECK(what_fails(numbers, layout, "a\nb\n") ==
          "w:2: the list has 2 words, but the matrix in f has 3 rows; give one word a line for each row");
    CHECK(what_fails(numbers, layout, "a\nb\nc\nd\ne\n") ==
          "w:5: the list has 5 words, but the matrix in f has 3 rows; give one word a line for each row");
    CHECK(what_fails(numbers, layout, "a\n\nc\n") == "w:2: the word is empty; each line names one row");
}

TEST_CASE("a matrix larger than its file, or than any file, is refused") {
    const std::string numbers = bytes_of(1.0F, 2.0F, 3.0F);
    CHECK(what_fails(numbers, {.rows = 2, .dim = 2}, "a\nb\n") ==
          "f: byte 0: a matrix of 2 x 2 numbers is promised, but the file ends before; fetch it again");
    CHECK(what_fails(numbers, {.rows = 1, .dim = 0}, "a\n") == "f: byte 0: the matrix has no columns");
    constexpr auto most = (std::numeric_limits<std::size_t>::max)();
    CHECK(graft::detail::byte_size({.rows = 3, .dim = 5, .type = number_type::float16}) == 30U);
    CHECK_FALSE(graft::detail::byte_size({.rows = most / 2, .dim = 3}));
    CHECK_FALSE(graft::detail::byte_size({.rows = most / 2, .dim = 1}));
}

TEST_CASE("rows of more numbers than any file has are refused, also where there are no rows") {
    constexpr auto most = (std::numeric_limits<std::size_t>::max)();
    for (const auto dim : {most, most / 2, (std::size_t{1} << 24U) + 1})
        CHECK(what_fails({}, {.rows = 0, .dim = dim}, "") ==
              "f: byte 0: the header promises rows of " + std::to_string(dim) + " numbers; correct it");
    CHECK(join({}, {.rows = 0, .dim = std::size_t{1} << 24U}, "").dim() == std::size_t{1} << 24U);
}

TEST_CASE("what follows a matrix is refused where nothing may, but not beyond the limit") {
    const std::string numbers = bytes_of(1.0F, 2.0F, 3.0F);
    CHECK(join(numbers, {.rows = 2, .dim = 1}, "a\nb\n").size() == 2);
    for (const bool by_columns : {false, true}) {
        const matrix_layout layout{.rows = 2, .dim = 1, .by_columns = by_columns, .to_end = true};
        CHECK(what_fails(numbers, layout, "a\nb\n") ==
              "f: byte 8: more bytes follow the matrix of 2 x 1 numbers; the header is wrong or the file "
              "damaged, so fetch it again");
        CHECK(join(numbers, layout, "a\nb\n", {.limit = 1}).size() == 1);
    }
}

#ifdef GRAFT_WITH_ZLIB
TEST_CASE("of gzipped columns only the rows up to the limit are kept in memory") {
    const std::size_t rows = 100'000;
    std::string numbers;
    std::string words;
    for (int column = 0; column < 3; ++column)
        for (std::size_t row = 0; row < rows; ++row) numbers += bytes_of(static_cast<float>(column));
    for (std::size_t row = 0; row < rows; ++row) words += std::to_string(row) + "\n";
    const auto packed = gzipped(numbers);
    const matrix_layout layout{.rows = rows, .dim = 3, .by_columns = true, .to_end = true};
    CHECK(join(packed, layout, words)["99999"] == Eigen::RowVector3f(0, 1, 2));
    CHECK(join(packed, layout, words, {.limit = 2})["1"] == Eigen::RowVector3f(0, 1, 2));
    CHECK(what_fails(packed, {.rows = rows + 1, .dim = 3, .by_columns = true}, words)
              .find("a matrix of 100001 x 3 numbers is promised, but the file ends before") !=
          std::string::npos);
    // More than 1032 times the file, which no gzip holds: nothing is inflated.
    CHECK(what_fails(packed, {.rows = std::size_t{1} << 40U, .dim = 3, .by_columns = true}, words) ==
          "f: byte 0: a matrix of 1099511627776 x 3 numbers is promised, but the file ends before; fetch it "
          "again");
    graft::detail::byte_source source(packed, "f");
    CHECK(graft::detail::take_rows_of_columns(source, layout, 2).size() == 2 * 3 * sizeof(float));
}
#endif
