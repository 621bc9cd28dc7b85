#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <graft/model/recommender.hpp>
#include <graft/transfer/transfer.hpp>

#include <support/backend.hpp>

namespace {

const std::vector<std::string> words{"the", "of", "and"};

graft::keyed_vectors three_words() {
    graft::keyed_vectors::matrix_type m(3, 2);
    m << 1, 2, 3, 4, 5, 6;
    return {words, std::move(m)};
}

graft::id_map names(const std::vector<std::string>& all) {
    graft::id_map map;
    for (const auto& n : all) map.insert(n);
    return map;
}

} // namespace

TEST_CASE("by row: the first vectors go to the first rows") {
    test::recommender<double> model(2, 5, 2);
    const auto report = graft::transfer(three_words(), model.users(), graft::by_row{});
    CHECK(report.rows == 2);
    CHECK(report.seeded == 2);
    CHECK(report.missing.empty());
    CHECK(report.share() == 1);
    CHECK(model.users().row(0) == Eigen::Vector2d(1, 2));
    CHECK(model.users().row(1) == Eigen::Vector2d(3, 4));
}

TEST_CASE("by row: rows without a vector are an error unless allowed") {
    test::recommender<float> model(5, 5, 2);
    const auto before = model.users().weights();
    CHECK_THROWS_WITH_AS(graft::transfer(three_words(), model.users(), graft::by_row{}),
                         "transfer: 2 of 5 rows have no vector (row 3, row 4); set allow_missing to let them "
                         "keep their start values",
                         graft::argument_error);
    CHECK(model.users().weights() == before);
    const auto report = graft::transfer(three_words(), model.users(), graft::by_row{.allow_missing = true});
    CHECK(report.seeded == 3);
    CHECK(report.missing == std::vector<std::size_t>{3, 4});
    CHECK(report.share() == doctest::Approx(0.6));
    CHECK(model.users().row(2) == Eigen::Vector2f(5, 6));
    CHECK(model.users().row(3)[0] == before[6]);
}

TEST_CASE("by key: the row of an id gets the vector of that word") {
    test::recommender<float> model(2, 5, 2);
    const auto items = names({"and", "w", "the", "x", "y"});
    const auto before = model.items().weights();
    CHECK_THROWS_WITH_AS(graft::transfer(three_words(), model.items(), graft::by_key{items}),
                         "transfer: 3 of 5 rows have no vector ('w', 'x', 'y'); set allow_missing to let "
                         "them keep their start values",
                         graft::argument_error);
    CHECK(model.items().weights() == before);
    const auto report = graft::transfer(three_words(), model.items(), graft::by_key{items, true});
    CHECK(report.seeded == 2);
    CHECK(report.missing == std::vector<std::size_t>{1, 3, 4});
    CHECK(model.items().row(0) == Eigen::Vector2f(5, 6));
    CHECK(model.items().row(2) == Eigen::Vector2f(1, 2));
    CHECK(model.items().row(1)[0] == before[2]);
    CHECK_THROWS_WITH_AS(graft::transfer(three_words(), model.users(), graft::by_key{items, true}),
                         "transfer: 5 ids do not go with a table of 2 rows", graft::argument_error);
}

TEST_CASE("dimensions that differ and vectors that are not finite change nothing") {
    test::recommender<float> wide(2, 2, 3);
    const auto before = wide.users().weights();
    CHECK_THROWS_WITH_AS(graft::transfer(three_words(), wide.users(), graft::by_row{}),
                         "transfer: the vectors have 2 numbers and the table's rows 3; give the model the "
                         "dimension of the vectors, "
                         "or bring the vectors to the model's first",
                         graft::argument_error);
    CHECK(wide.users().weights() == before);

    graft::keyed_vectors::matrix_type m(3, 2);
    m << 1, 2, std::numeric_limits<float>::infinity(), 4, 5, 6;
    const graft::keyed_vectors bad(words, m);
    test::recommender<float> model(3, 2, 2);
    const auto start = model.users().weights();
    CHECK_THROWS_WITH_AS(graft::transfer(bad, model.users(), graft::by_row{}),
                         "transfer: the vector of 'of' is not finite", graft::argument_error);
    CHECK(model.users().weights() == start);
}

TEST_CASE("biases are left alone") {
    test::recommender<float, 2, graft::biased> model(2, 2);
    model.users().set_bias(1, 7);
    graft::transfer(three_words(), model.users(), graft::by_row{});
    CHECK(model.users().bias(1) == 7);
}
