#include <array>
#include <limits>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <graft/data/id_map.hpp>
#include <graft/model/recommender.hpp>

#include <support/at_once.hpp>
#include <support/backend.hpp>

using graft::item_id;
using graft::user_id;

namespace {

/// For dims with full lines, quarter lines and single numbers.
template <class Scalar, int Dim>
void check_scores(std::size_t dim) {
    test::recommender<Scalar, Dim> plain(5, 4, dim, {.stddev = 1, .seed = 1});
    test::recommender<Scalar, Dim, graft::biased> with_biases(5, 4, dim, {.stddev = 1, .seed = 1});
    with_biases.set_mean(3);
    for (std::size_t u = 0; u < 5; ++u) with_biases.users().set_bias(u, static_cast<Scalar>(u) / 8);
    for (std::size_t i = 0; i < 4; ++i) with_biases.items().set_bias(i, static_cast<Scalar>(i) / 4);
    std::vector<user_id> users;
    std::vector<item_id> items;
    for (std::size_t u = 0; u < 5; ++u)
        for (std::size_t i = 0; i < 4; ++i) {
            users.push_back(static_cast<user_id>(u));
            items.push_back(static_cast<item_id>(i));
        }
    const auto scores = plain.score(users, items);
    const double close =
        16 * static_cast<double>(dim) * static_cast<double>(std::numeric_limits<Scalar>::epsilon());
    for (std::size_t u = 0; u < 5; ++u) {
        std::vector<Scalar> all(4);
        plain.score_all(static_cast<user_id>(u), all);
        for (std::size_t i = 0; i < 4; ++i) {
            const double want = plain.users().row(u).template cast<double>().dot(
                plain.items().row(i).template cast<double>());
            const auto user = static_cast<user_id>(u);
            const auto item = static_cast<item_id>(i);
            const Scalar got = plain.score(user, item);
            CHECK(std::abs(static_cast<double>(got) - want) < close);
            CHECK(scores[static_cast<Eigen::Index>(4 * u + i)] == got);
            CHECK(all[i] == got);
            const double biased = 3 + static_cast<double>(u) / 8 + static_cast<double>(i) / 4 + want;
            CHECK(std::abs(static_cast<double>(with_biases.score(user, item)) - biased) < 4 * close);
        }
    }
}

} // namespace

TEST_CASE("scores are dot products, with biases where the scorer has them") {
    for (std::size_t dim : {1U, 2U, 3U, 4U, 5U, 15U, 16U, 17U, 37U, 64U, 100U}) {
        check_scores<float, Eigen::Dynamic>(dim);
        check_scores<double, Eigen::Dynamic>(dim);
    }
    check_scores<float, 37>(37);
    check_scores<double, 64>(64);
}

TEST_CASE("users and items start differently and a seed gives the same model") {
    const test::recommender<float> a(3, 3, 8, {.seed = 5});
    const test::recommender<float> b(3, 3, 8, {.seed = 5});
    CHECK(a.users().weights() == b.users().weights());
    CHECK(a.items().weights() == b.items().weights());
    CHECK(a.users().weights() != a.items().weights());
}

TEST_CASE("ids outside of the model are named") {
    const test::recommender<float> model(3, 2, 4);
    const std::array users{user_id{0}, user_id{3}};
    const std::array items{item_id{0}, item_id{1}};
    CHECK_THROWS_WITH_AS((void)model.score(users, items),
                         "recommender: user 3 (at position 1) is not among the model's 3 rows",
                         graft::argument_error);
    CHECK_THROWS_WITH_AS((void)model.score(user_id{0}, item_id{2}),
                         "recommender: item 2 (at position 0) is not among the model's 2 rows",
                         graft::argument_error);
    CHECK_THROWS_WITH_AS((void)model.score(std::span(users).first(1), items),
                         "recommender: 1 users do not pair with 2 items", graft::argument_error);
    std::vector<float> all(3);
    CHECK_THROWS_WITH_AS(model.score_all(user_id{0}, all), "recommender: scores has not one place per item",
                         graft::argument_error);
    CHECK_THROWS_WITH_AS((void)model.score(std::span<const user_id>{}, items),
                         "recommender: 0 users do not pair with 2 items", graft::argument_error);
}

TEST_CASE("a mean must be finite, and dim must be given where the type has none") {
    test::recommender<float, Eigen::Dynamic, graft::biased> model(3, 2, 4);
    CHECK_FALSE(model.has_mean());
    CHECK(model.mean() == 0);
    CHECK_THROWS_WITH_AS(model.set_mean(std::numeric_limits<float>::infinity()),
                         "recommender: the mean must be finite", graft::argument_error);
    CHECK_THROWS_WITH_AS(test::recommender<float>(3, 2),
                         "embedding_table: dim must be at least 1; give it where the type has none",
                         graft::argument_error);
    CHECK_NOTHROW(test::recommender<float, 8>(3, 2));
}

TEST_CASE("threads that read one model at once get what one thread gets") {
    test::recommender<float, Eigen::Dynamic, graft::biased> model(30, 20, 17, {.stddev = 1, .seed = 2});
    model.set_mean(3);
    for (std::size_t u = 0; u < 30; ++u) model.users().set_bias(u, static_cast<float>(u) / 8);
    std::vector<user_id> users;
    std::vector<item_id> items;
    for (unsigned k = 0; k < 600; ++k) {
        users.push_back(user_id{k % 30});
        items.push_back(item_id{k / 30});
    }
    const auto read = [&](const auto& from) {
        std::vector<float> seen(600);
        from.score(users, items, seen);
        for (unsigned u = 0; u < 30; ++u) {
            std::vector<float> all(20);
            from.score_all(user_id{u}, all);
            seen.insert(seen.end(), all.begin(), all.end());
            const Eigen::VectorXf row = from.users().row(u);
            seen.insert(seen.end(), row.begin(), row.end());
        }
        const auto weights = from.items().weights();
        seen.insert(seen.end(), weights.begin(), weights.end());
        return seen;
    };
    const auto alone = read(model);
    for (int round = 0; round < 10; ++round) {
        const auto fresh = model; // on a device, the first to read brings its rows over
        for (const auto& seen : at_once([&] { return read(fresh); })) CHECK(seen == alone);
    }
}

TEST_CASE("a table of another size, or without biases, cannot be put into a model") {
    test::recommender<float, Eigen::Dynamic, graft::biased> model(4, 3, 2);
    using table = decltype(model)::table;
    const auto before = model.users().weights();
    CHECK_THROWS_WITH_AS(model.users() = table(4, 30, {}, true),
                         "embedding_table: a table of 4 rows of 30 with biases does not fit a model whose "
                         "table has 4 rows of 2 with biases; make another model, or see grow",
                         graft::argument_error);
    CHECK_THROWS_WITH_AS(model.users() = table(4, 2),
                         "embedding_table: a table of 4 rows of 2 without biases does not fit a model whose "
                         "table has 4 rows of 2 with biases; make another model, or see grow",
                         graft::argument_error);
    const table other_dim(3, 1, {}, true);
    const table fewer(2, 2, {}, true);
    CHECK_THROWS_AS(model.items() = other_dim, graft::argument_error);
    CHECK_THROWS_AS(model.items() = fewer, graft::argument_error);
    CHECK(model.users().weights() == before);
    CHECK(model.items().rows() == 3);

    const table another(4, 2, {.seed = 9}, true);
    model.users() = another;
    CHECK(model.users().weights() == another.weights());
    auto out = std::move(model.users()); // and back
    CHECK_THROWS_AS((void)model.score(user_id{0}, item_id{0}), graft::argument_error);
    CHECK_THROWS_AS(model.users() = table(4, 30, {}, true), graft::argument_error);
    model.users() = std::move(out);
    CHECK(model.users().weights() == another.weights());
    std::swap(model.users(), out);
    CHECK(model.num_users() == 0);

    table alone(4, 2); // outside of a model any will do
    alone = table(1, 30, {}, true);
    CHECK(alone.dim() == 30);
}

TEST_CASE("a model takes the place of one of another size as a whole") {
    test::recommender<float> model(4, 3, 2);
    model.users().set_row(0, Eigen::Vector2f(1, 2));
    const test::recommender<float> other(7, 8, 9, {.seed = 3});
    model = other;
    CHECK(model.users().weights() == other.users().weights());
    CHECK(model.items().weights() == other.items().weights());
    CHECK(model.dim() == 9);
    auto& same = model;
    model = std::move(same);
    CHECK(model.num_users() == 7);
    model = test::recommender<float>(1, 2, 3);
    CHECK(model.num_items() == 2);
    CHECK_THROWS_AS(model.users() = other.users(), graft::argument_error);
}

TEST_CASE("a model's ids come along when it is copied or moved, and name no more rows than it has") {
    const auto ids = [](std::size_t rows) {
        return std::make_shared<const graft::id_map>(graft::id_map::numbered(rows));
    };
    test::recommender<float> model(3, 2, 4);
    CHECK_FALSE(model.shared_user_ids());
    const auto users = ids(3);
    const auto items = ids(1);
    model.set_ids(users, items);
    auto copy = model;
    CHECK(copy.shared_user_ids() == users);
    test::recommender<float> moved(1, 1, 4);
    moved = std::move(copy);
    CHECK(moved.shared_user_ids() == users);
    CHECK(moved.shared_item_ids() == items);
    const auto constructed = std::move(moved);
    CHECK(constructed.shared_item_ids() == items);
    CHECK_THROWS_WITH_AS(model.set_ids(users, ids(3)),
                         "recommender: 3 ids do not name the 2 item rows of the model",
                         graft::argument_error);
    CHECK(model.shared_item_ids() == items);
    model.set_ids(nullptr, nullptr);
    CHECK_FALSE(model.shared_item_ids());
}

TEST_CASE("a model finds the rows of its ids, and the ids of its rows") {
    test::recommender<float> model(3, 2, 4);
    CHECK_THROWS_WITH_AS(static_cast<void>(model.user("ann")),
                         "recommender: user 'ann' is unknown: it is none of the 0 that have ids",
                         graft::argument_error);
    CHECK_THROWS_WITH_AS(static_cast<void>(model.id_of(graft::item_id{0})),
                         "recommender: the model has no ids; fit gives it those of its data",
                         graft::argument_error);
    graft::id_map users;
    graft::id_map items;
    for (const char* id : {"bob", "ann"}) users.insert(id);
    for (const char* id : {"7", "5"}) items.insert(id);
    model.set_ids(std::make_shared<const graft::id_map>(users), std::make_shared<const graft::id_map>(items));
    CHECK(model.user("ann") == graft::user_id{1});
    CHECK(model.item(7) == graft::item_id{0});
    CHECK(model.id_of(graft::user_id{0}) == "bob");
    CHECK(model.id_of(graft::item_id{1}) == "5");
    CHECK_THROWS_AS(static_cast<void>(model.id_of(graft::user_id{2})), graft::argument_error);
    CHECK_THROWS_AS(static_cast<void>(model.item("007")), graft::argument_error);
}
