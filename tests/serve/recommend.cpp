#include <algorithm>
#include <cmath>
#include <span>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <graft/core/random.hpp>
#include <graft/data/interactions.hpp>
#include <graft/model/recommender.hpp>
#include <graft/model/row_and_bias.hpp>
#include <graft/serve/filters.hpp>
#include <graft/serve/recommend.hpp>
#include <graft/serve/unseen.hpp>

#include <support/at_once.hpp>
#include <support/backend.hpp>

using graft::item_id;
using graft::user_id;

namespace {

/// User u scores item i with factor u * item[i].
test::recommender<float, 1> one_factor(const std::vector<float>& user, const std::vector<float>& item) {
    test::recommender<float, 1> model(user.size(), item.size());
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

/// The head of a stable sort of all scores.
std::vector<unsigned> plain(const std::vector<float>& scores, std::size_t k, const auto& wanted) {
    std::vector<unsigned> items;
    for (unsigned i = 0; i < scores.size(); ++i)
        if (wanted(item_id{i})) items.push_back(i);
    std::stable_sort(items.begin(), items.end(), [&](unsigned a, unsigned b) {
        return !std::isnan(scores[a]) && (std::isnan(scores[b]) || scores[a] > scores[b]);
    });
    items.resize(std::min(k, items.size()));
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
    CHECK(graft::recommend(model, user_id{0}, 0, [](user_id, item_id) -> bool { throw 0; }).empty());
    CHECK(graft::recommend(model, user_id{0}, 100).size() == 5);
    CHECK_THROWS_WITH_AS((void)graft::recommend(model, user_id{2}, 1),
                         "recommender: user 2 (at position 0) is not among the model's 2 rows",
                         graft::argument_error);
    CHECK_THROWS_AS((void)graft::recommend(model, user_id{2}, 0), graft::argument_error);
    CHECK(items_of(graft::recommend(one_factor({1}, {7}), user_id{0}, 3)) == std::vector<unsigned>{0});
}

TEST_CASE("scores that are no numbers come last") {
    // 3e38 * 10 - 3e38 * 10 is not a number.
    test::recommender<float, 2> model(1, 4, 2, {.stddev = 0});
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

TEST_CASE("few of many items are wanted, or most, and many scores are equal or no numbers") {
    constexpr unsigned size = 6000;
    graft::random_engine engine(5);
    const auto draw = [&] { return static_cast<float>(graft::draw_below(engine, 9)) - 4; };
    test::recommender<float> model(3, size, 5);
    for (auto* table : {&model.users(), &model.items()})
        for (std::size_t r = 0; r < table->rows(); ++r)
            table->set_row(r, Eigen::VectorXf::NullaryExpr(5, [&](Eigen::Index) { return draw(); }));
    for (unsigned i = 3; i < size; i += 97) // for the user of tens
        model.items().set_row(i, Eigen::Matrix<float, 5, 1>(3e38F, -3e38F, 0, 0, 0));
    model.users().set_row(2, Eigen::VectorXf::Constant(5, 10));

    for (unsigned user = 0; user < 3; ++user) {
        std::vector<float> scores(size);
        model.score_all(user_id{user}, scores);
        const unsigned worst = plain(scores, size, [](item_id) { return true; }).back();
        const auto check = [&](const char* which, const auto& wanted) {
            for (const std::size_t k : {1U, 10U, 1500U, size - 1, size, size + 5}) {
                INFO("user " << user << ", " << which << ", k " << k);
                const auto found = graft::recommend(model, user_id{user}, k, [&](user_id u, item_id item) {
                    return u == user_id{user} && wanted(item);
                });
                CHECK(items_of(found) == plain(scores, k, wanted));
                CHECK(std::all_of(found.begin(), found.end(), [&](const auto& r) {
                    const float given = scores[graft::row_of(r.item)];
                    return r.score == given || (std::isnan(r.score) && std::isnan(given));
                }));
            }
        };
        check("all", [](item_id) { return true; });
        check("none", [](item_id) { return false; });
        check("most", [](item_id item) { return graft::row_of(item) % 7 != 0; });
        check("few", [](item_id item) { return graft::row_of(item) % 900 == 100; });
        check("the worst", [=](item_id item) { return item == item_id{worst}; });
    }
}

TEST_CASE("each list of many users is the user's own, for any threads") {
    const test::recommender<float, Eigen::Dynamic, graft::biased> model(90, 2000, 12,
                                                                        {.stddev = 1, .seed = 8});
    std::vector<user_id> users;
    std::vector<item_id> items;
    for (unsigned k = 0; k < 4000; ++k) {
        users.push_back(user_id{k % 90});
        items.push_back(item_id{k * 7 % 2000});
    }
    const std::vector<float> values(users.size(), 1.0F);
    const graft::unseen_in unseen(graft::interactions::from_rows(users, items, values, 90, 2000));
    std::vector<item_id> some; // in no order, and some twice
    for (unsigned k = 0; k < 900; ++k) some.push_back(item_id{k * 77 % 1900});
    const graft::among fresh(some);
    const graft::among fresh_and_unseen(some, unseen);
    const auto check = [&](const auto& wanted) {
        const std::span<const user_id> asked(users.data(), 85); // some come twice
        const auto lists = graft::recommend(model, asked, 9, wanted);
        REQUIRE(lists.size() == 85);
        for (std::size_t k = 0; k < 85; ++k) {
            const auto alone =
                graft::recommend(model, asked[k], 9, [&](user_id u, item_id i) { return wanted(u, i); });
            REQUIRE(items_of(lists[k]) == items_of(alone));
            for (std::size_t i = 0; i < alone.size(); ++i) {
                CHECK(lists[k][i].score == alone[i].score);
                CHECK(lists[k][i].score == model.score(asked[k], alone[i].item));
            }
        }
        for (const std::size_t threads : {2U, 3U, 4U, 8U}) {
            const auto again = graft::recommend(model, asked, 9, wanted, {.threads = threads});
            CHECK(items_of(again.entries()) == items_of(lists.entries()));
        }
    };
    const std::vector<item_id> none_of_items;
    check(graft::all_items{});
    check(unseen);
    check(fresh);
    check(fresh_and_unseen);
    check(graft::all_but(some));
    CHECK(items_of(graft::recommend(model, users[3], 4, {.threads = 2})) ==
          items_of(graft::recommend(model, users[3], 4)));

    const std::vector<user_id> none;
    CHECK(graft::recommend(model, none, 3).empty());
    users[1] = user_id{90};
    CHECK_THROWS_WITH_AS((void)graft::recommend(model, users, 1),
                         "recommender: user 90 (at position 1) is not among the model's 90 rows",
                         graft::argument_error);
    some = {item_id{2000}};
    CHECK_THROWS_WITH_AS((void)graft::recommend(model, user_id{1}, 1, graft::among(some)),
                         "recommender: item 2000 (at position 0) is not among the model's 2000 rows",
                         graft::argument_error);
    CHECK(graft::recommend(model, user_id{1}, 3, graft::among(none_of_items)).empty());
    CHECK_THROWS_AS((void)graft::recommend(model, user_id{1}, 1, {.threads = 5000}), graft::argument_error);
}

TEST_CASE("a row that is in no table gets the list of a user with that row") {
    test::recommender<float, Eigen::Dynamic, graft::biased> model(4, 300, 6, {.stddev = 1, .seed = 8});
    model.set_mean(3);
    model.users().set_bias(2, 0.75F);
    const Eigen::RowVectorXd row = graft::row_and_bias(model.users(), 2);
    const auto want = graft::recommend(model, user_id{2}, 7);
    const auto is_list = [&](const auto& found, float less) {
        REQUIRE(items_of(found) == items_of(want));
        for (std::size_t i = 0; i < want.size(); ++i) {
            const float miss = std::abs(found[i].score + less - want[i].score);
            CHECK(miss <= (less == 0 ? 0 : 1e-5F));
        }
    };
    is_list(graft::recommend(model, row, 7), 0);
    is_list(graft::recommend(model, row.transpose(), 7, graft::all_items{}), 0);
    is_list(graft::recommend(model, row.head(6), 7, {.threads = 2}), 0.75F); // without its bias

    Eigen::MatrixXd both(2, 7);
    both << graft::row_and_bias(model.users(), 1), row;
    const auto lists = graft::recommend(model, both, 7);
    REQUIRE(lists.size() == 2);
    is_list(lists[1], 0);
    CHECK(items_of(lists[0]) == items_of(graft::recommend(model, user_id{1}, 7)));

    const std::vector<item_id> met{want[0].item, want[2].item};
    const auto rest = graft::recommend(model, row, 5, graft::all_but(met));
    CHECK(items_of(rest)[0] == static_cast<unsigned>(want[1].item));
    CHECK(items_of(rest)[1] == static_cast<unsigned>(want[3].item));
    CHECK(items_of(graft::recommend(model, row, 5, graft::among(met))) ==
          items_of(std::vector{want[0], want[2]}));

    CHECK_THROWS_WITH_AS((void)graft::recommend(model, Eigen::RowVectorXd::Zero(8), 1),
                         "recommend: a row of 8 numbers is not one of 6 and a bias", graft::argument_error);
    CHECK_THROWS_WITH_AS((void)graft::recommend(model, Eigen::RowVectorXd::Constant(7, 1e300), 1),
                         "recommend: a row has a number that is not finite", graft::argument_error);
    const test::recommender<float> plain_model(1, 2, 3);
    CHECK_THROWS_WITH_AS((void)graft::recommend(plain_model, Eigen::RowVectorXd::Zero(4), 1),
                         "recommend: a row of 4 numbers is not one of 3", graft::argument_error);
}

TEST_CASE("threads that ask one model at once get what one thread gets") {
    const test::recommender<float> model(40, 200, 9, {.stddev = 1, .seed = 8});
    std::vector<user_id> users;
    std::vector<item_id> items;
    for (unsigned k = 0; k < 2000; ++k) {
        users.push_back(user_id{k % 40});
        items.push_back(item_id{k * 7 % 200});
    }
    const std::vector<float> values(users.size(), 1.0F);
    const graft::unseen_in unseen(graft::interactions::from_rows(users, items, values, 40, 200));
    const auto lists = [&](const auto& from) {
        std::vector<std::pair<unsigned, float>> all;
        for (unsigned u = 0; u < 40; ++u)
            for (const auto& [item, score] : graft::recommend(from, user_id{u}, 10, unseen))
                all.emplace_back(static_cast<unsigned>(item), score);
        return all;
    };
    const auto alone = lists(model);
    CHECK(alone.size() == 400);
    for (int round = 0; round < 5; ++round) {
        const auto fresh = model; // on a device, the first to ask brings its rows over
        for (const auto& found : at_once([&] { return lists(fresh); })) CHECK(found == alone);
    }
}
