#include <vector>

#include <doctest/doctest.h>

#include <graft/data/interactions.hpp>
#include <graft/model/recommender.hpp>
#include <graft/serve/recommend.hpp>
#include <graft/serve/unseen.hpp>

using graft::item_id;
using graft::user_id;

namespace {

/// User u scores item i with factor u * item[i].
graft::recommender<float, 1> one_factor(const std::vector<float>& user, const std::vector<float>& item) {
    graft::recommender<float, 1> model(user.size(), item.size());
    for (std::size_t u = 0; u < user.size(); ++u)
        model.users().set_row(u, Eigen::Matrix<float, 1, 1>(user[u]));
    for (std::size_t i = 0; i < item.size(); ++i)
        model.items().set_row(i, Eigen::Matrix<float, 1, 1>(item[i]));
    return model;
}

std::vector<unsigned> items_of(const auto& found) {
    std::vector<unsigned> items;
    for (const auto& r : found) items.push_back(static_cast<unsigned>(r.item));
    return items;
}

} // namespace

TEST_CASE("the highest scores come first and equal ones in the order of their rows") {
    const auto model = one_factor({1, -1}, {0.5F, 2, 1, 2, -3});
    const auto best = graft::recommend(model, user_id{0}, 4);
    CHECK(items_of(best) == std::vector<unsigned>{1, 3, 2, 0});
    CHECK(best[0].score == 2);
    CHECK(best[3].score == 0.5F);
    CHECK(items_of(graft::recommend(model, user_id{1}, 2)) == std::vector<unsigned>{4, 0});
    CHECK(graft::recommend(model, user_id{0}, 0).empty());
    CHECK(graft::recommend(model, user_id{0}, 100).size() == 5);
    CHECK_THROWS_WITH_AS((void)graft::recommend(model, user_id{2}, 1),
                         "recommender: user 2 (at position 0) is not among the model's 2 rows",
                         graft::argument_error);
}

TEST_CASE("scores that are no numbers come last") {
    // 3e38 * 10 - 3e38 * 10 is not a number.
    graft::recommender<float, 2> model(1, 4, 2, {.stddev = 0});
    model.users().set_row(0, Eigen::Vector2f(10, 10));
    model.items().set_row(0, Eigen::Vector2f(3e38F, -3e38F));
    model.items().set_row(1, Eigen::Vector2f(1, 0));
    model.items().set_row(2, Eigen::Vector2f(3e38F, -3e38F));
    model.items().set_row(3, Eigen::Vector2f(2, 0));
    CHECK(items_of(graft::recommend(model, user_id{0}, 4)) == std::vector<unsigned>{3, 1, 0, 2});
}

TEST_CASE("seen items are left out, per user") {
    const auto model = one_factor({1, 1, 1}, {5, 4, 3, 2, 1});
    const std::vector<user_id> users{user_id{1}, user_id{0}, user_id{1}, user_id{1}};
    const std::vector<item_id> items{item_id{4}, item_id{0}, item_id{0}, item_id{1}};
    const std::vector<float> values(4, 1.0F);
    const graft::unseen_in unseen(graft::interactions::from_rows(users, items, values, 2, 5));
    CHECK(items_of(graft::recommend(model, user_id{0}, 2, unseen)) == std::vector<unsigned>{1, 2});
    CHECK(items_of(graft::recommend(model, user_id{1}, 9, unseen)) == std::vector<unsigned>{2, 3});
    CHECK(items_of(graft::recommend(model, user_id{2}, 1, unseen)) == std::vector<unsigned>{0}); // new since
}
