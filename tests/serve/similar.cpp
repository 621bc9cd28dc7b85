#include <cmath>
#include <cstddef>
#include <vector>

#include <doctest/doctest.h>

#include <graft/model/recommender.hpp>
#include <graft/serve/similar.hpp>

#include <support/backend.hpp>

using graft::item_id;
using graft::similarity;
using graft::user_id;

namespace {

std::vector<unsigned> items_of(const auto& list) {
    std::vector<unsigned> items;
    for (const auto& entry : list) items.push_back(static_cast<unsigned>(entry.item));
    return items;
}

test::recommender<double, 2, graft::biased> five_items() {
    test::recommender<double, 2, graft::biased> model(3, 5);
    model.items().set_row(0, Eigen::Vector2d(1, 0));
    model.items().set_row(1, Eigen::Vector2d(8, 6)); // cosine to item 0: .8, product 8
    model.items().set_row(2, Eigen::Vector2d(0, 0));
    model.items().set_row(3, Eigen::Vector2d(-3, 0));
    model.items().set_row(4, Eigen::Vector2d(2, 0)); // cosine 1, product 2
    model.items().set_bias(2, 100);                  // has no part in it
    return model;
}

} // namespace

TEST_CASE("similar items by cosine and by inner product, worked out by hand") {
    const auto model = five_items();
    const auto by_cosine = graft::similar_items(model, item_id{0}, 9);
    CHECK(items_of(by_cosine) == std::vector<unsigned>{4, 1, 2, 3});
    CHECK(by_cosine[0].score == 1);
    CHECK(by_cosine[1].score == doctest::Approx(0.8).epsilon(1e-15));
    CHECK(by_cosine[2].score == 0);
    CHECK(by_cosine[3].score == -1);
    const auto by_product = graft::similar_items(model, item_id{0}, 2, {.by = similarity::inner_product});
    CHECK(items_of(by_product) == std::vector<unsigned>{1, 4});
    CHECK(by_product[0].score == 8);

    const auto of_zeros =
        graft::similar_items(model, item_id{2}, 9); // near nothing: in the order of the rows
    CHECK(items_of(of_zeros) == std::vector<unsigned>{0, 1, 3, 4});
    for (const auto& entry : of_zeros) CHECK(entry.score == 0);
}

TEST_CASE("many at once get what each gets alone, for any threads") {
    const test::recommender<float> model(200, 900, 17, {.stddev = 1, .seed = 3});
    std::vector<item_id> items;
    for (unsigned i = 0; i < 60; ++i) items.push_back(item_id{i * 13 % 50}); // some twice
    for (const auto by : {similarity::cosine, similarity::inner_product}) {
        const auto lists = graft::similar_items(model, items, 6, {.by = by, .threads = 3});
        REQUIRE(lists.size() == 60);
        for (std::size_t k = 0; k < 60; ++k) {
            const auto alone = graft::similar_items(model, items[k], 6, {.by = by});
            CHECK(items_of(lists[k]) == items_of(alone));
            for (std::size_t i = 0; i < alone.size(); ++i) {
                CHECK(lists[k][i].score == alone[i].score);
                CHECK(alone[i].item != items[k]);
                const auto a = model.items().row(graft::row_of(items[k]));
                const auto b = model.items().row(graft::row_of(alone[i].item));
                const float want = a.dot(b) / (by == similarity::cosine ? a.norm() * b.norm() : 1);
                CHECK(alone[i].score == doctest::Approx(want).epsilon(1e-5));
            }
        }
    }
}

TEST_CASE("similar users are found as items are") {
    test::recommender<float> model(4, 1, 1, {.stddev = 0});
    const float factors[] = {1, 5, -2, 3};
    for (std::size_t u = 0; u < 4; ++u) model.users().set_row(u, Eigen::Matrix<float, 1, 1>(factors[u]));
    const auto alike = graft::similar_users(model, user_id{0}, 2, {.by = similarity::inner_product});
    REQUIRE(alike.size() == 2);
    CHECK(alike[0].user == user_id{1});
    CHECK(alike[1].user == user_id{3});
    CHECK(alike[1].score == 3);
    const std::vector<user_id> users{user_id{2}, user_id{1}};
    const auto lists = graft::similar_users(model, users, 1);
    CHECK(lists[0][0].user == user_id{0});
    CHECK(lists[0][0].score == -1);
    CHECK(lists[1][0].user == user_id{0}); // as near as user 3, which has a higher row
    CHECK(lists[1][0].score == 1);
}

TEST_CASE("tiny and huge rows have their cosines") {
    test::recommender<float, 2> model(1, 3);
    model.items().set_row(0, Eigen::Vector2f(1e-30F, 1e-30F));
    model.items().set_row(1, Eigen::Vector2f(1e30F, 0));
    model.items().set_row(2, Eigen::Vector2f(-1e-30F, -1e-30F));
    const auto found = graft::similar_items(model, item_id{0}, 2);
    CHECK(found[0].score == doctest::Approx(std::sqrt(0.5F)));
    CHECK(found[1].score == doctest::Approx(-1));
}

TEST_CASE("a row outside of the model is refused") {
    const auto model = five_items();
    const std::vector<item_id> items{item_id{1}, item_id{5}};
    CHECK_THROWS_WITH_AS((void)graft::similar_items(model, items, 1),
                         "similar_items: row 5 (at position 1) is not among the model's 5",
                         graft::argument_error);
    CHECK_THROWS_WITH_AS((void)graft::similar_users(model, user_id{3}, 1),
                         "similar_users: row 3 (at position 0) is not among the model's 3",
                         graft::argument_error);
}
