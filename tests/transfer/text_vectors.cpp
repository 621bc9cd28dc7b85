#include <limits>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <graft/data/read_catalog.hpp>
#include <graft/data/read_ratings.hpp>
#include <graft/model/recommender.hpp>
#include <graft/transfer/text_vectors.hpp>
#include <graft/transfer/transfer.hpp>
#include <graft/vectors/read_vectors.hpp>

#include <support/real_data.hpp>

namespace {

const std::vector<std::string> all_words{"the", "red", "Fish", "drama"};

graft::keyed_vectors words() {
    graft::keyed_vectors::matrix_type m(4, 2);
    m << 1, 0, 0, 1, 4, 4, 8, 0;
    return {all_words, m};
}

graft::catalog texts() {
    graft::catalog c;
    c.add("a", "Red Fish, The (1990)", {"Drama"});
    c.add("b", "Blue blue sky (1991)", {"Noir"});
    c.add("c", "Red", {});
    return c;
}

graft::id_map names() {
    graft::id_map map;
    for (const char* n : {"c", "nowhere", "a", "b"}) map.insert(n);
    return map;
}

} // namespace

TEST_CASE("an item's vector is the mean over the words of its title and categories") {
    graft::coverage report;
    const auto found = graft::text_vectors(words(), texts(), names(), {.weight = {}}, &report);
    CHECK(found.rows() == 4);
    CHECK(found.row(0) == Eigen::RowVector2f(0, 1));
    CHECK(found.row(2) == Eigen::RowVector2f((0 + 4 + 1 + 8) / 4.0F, (1 + 4 + 0 + 0) / 4.0F));
    CHECK_FALSE(found.found(1));
    CHECK_FALSE(found.found(3));
    CHECK(report.rows == 4);
    CHECK(report.seeded == 2);
    CHECK(report.missing == std::vector<std::size_t>{1, 3});
    CHECK(report.words_found == 5);
    CHECK(report.words_missing == 4);
    REQUIRE(report.missing_words.size() == 3);
    CHECK(report.missing_words[0] == std::pair<std::string, std::size_t>("blue", 2));
    CHECK(report.missing_words[1].first == "noir");

    const auto titles = graft::text_vectors(words(), texts(), names(), {.categories = false, .weight = {}});
    CHECK(titles.row(2).isApprox(Eigen::RowVector2f(5 / 3.0F, 5 / 3.0F)));
    const auto categories = graft::text_vectors(words(), texts(), names(), {.titles = false});
    CHECK(categories.num_found() == 1);
    CHECK(categories.row(2) == Eigen::RowVector2f(8, 0));
}

TEST_CASE("weights and tokenizer are policies") {
    const auto first =
        graft::text_vectors(words(), texts(), names(), {.weight = [](std::string_view word, std::size_t row) {
                                return word == "red" ? 3.0 : row == 2 ? 1.0 : 0.0;
                            }});
    CHECK(first.row(2).isApprox(Eigen::RowVector2f(1, 7 / 4.0F)));
    const auto none = graft::text_vectors(words(), texts(), names(),
                                          {.weight = [](std::string_view, std::size_t) { return 0.0; }});
    CHECK(none.num_found() == 0);
    CHECK_THROWS_WITH_AS(
        (void)graft::text_vectors(words(), texts(), names(),
                                  {.weight = [](std::string_view, std::size_t) { return -1.0; }}),
        "text_vectors: the weight of the word 'red' must be a finite number >= 0", graft::argument_error);
    const auto whole = graft::text_vectors(words(), texts(), names(), {.tokens = [](std::string_view text) {
                                               return std::vector<std::string>{std::string(text)};
                                           }});
    CHECK(whole.num_found() == 2); // Red, and Drama of the red fish
    CHECK(whole.row(2) == Eigen::RowVector2f(8, 0));
}

TEST_CASE("frequent words count less by SIF") {
    const graft::sif weight;
    const double harmonic = std::log(4e5) + 0.5772;
    CHECK(weight("the", 0) == doctest::Approx(1e-3 / (1e-3 + 1 / harmonic)));
    CHECK(weight("x", 9) == doctest::Approx(1e-3 / (1e-3 + 0.1 / harmonic)));
    CHECK(weight("rare", 100000) > 0.99);
}

TEST_CASE("by text: rows get vectors and the report says which") {
    graft::recommender<float> model(1, 4, 2);
    const auto before = model.items().row(1);
    const auto items = names();
    const auto catalogue = texts();
    const auto report = graft::transfer(words(), model.items(), graft::by_text{catalogue, items});
    CHECK(report.seeded == 2);
    CHECK(model.items().row(0) == Eigen::Vector2f(0, 1));
    CHECK(model.items().row(1) == before);
    CHECK(report.words_missing == 4);
    graft::recommender<float> wide(1, 4, 3);
    CHECK_THROWS_AS(graft::transfer(words(), wide.items(), graft::by_text{catalogue, items}),
                    graft::argument_error);
    graft::transfer(words(), wide.items(),
                    graft::by_text{catalogue, items, {}, {.missing = graft::missing_row::zero, .pad = true}});
    CHECK(wide.items().row(0) == Eigen::Vector3f(0, 1, 0));
    CHECK(wide.items().row(3) == Eigen::Vector3f::Zero());
}

TEST_CASE("real titles: nearly all have a vector") {
    const auto path = real_data("ml-100k/u.item");
    const auto vectors = real_data("glove-wiki-gigaword-100.top100k.gz");
    if (path.empty() || vectors.empty()) return;
#ifdef GRAFT_WITH_ZLIB
    const auto texts = graft::read_catalog(path);
    graft::coverage report;
    (void)graft::text_vectors(graft::read_vectors(vectors), texts, texts.ids(), {.categories = false},
                              &report);
    const auto all = static_cast<double>(report.words_found + report.words_missing);
    CHECK(static_cast<double>(report.words_found) / all > 0.9);
    CHECK(report.share() > 0.95); // titles such as "M (1931)" and foreign ones have none
#endif
}
