#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <graft/core/random.hpp>
#include <graft/eval/metrics.hpp>
#include <graft/model/recommender.hpp>

#include <support/at_once.hpp>
#include <support/backend.hpp>
#include <support/ratings.hpp>
#include <support/small_world.hpp>

using graft::item_id;
using graft::user_id;

namespace {

struct fixed_scores {
    std::vector<double> values;
    [[nodiscard]] Eigen::VectorXd score(std::span<const user_id>, std::span<const item_id>) const {
        return Eigen::VectorXd::Map(values.data(), static_cast<Eigen::Index>(values.size()));
    }
};

} // namespace

TEST_CASE("rmse and mae, with and without clipping") {
    const auto data = ratings({0, 1, 2}, {0, 1, 2}, {1, 3, 5});
    const fixed_scores scores{{0, 3, 9}};
    const auto raw = graft::evaluate(scores, data);
    CHECK(raw.rmse == doctest::Approx(std::sqrt(17.0 / 3)));
    CHECK(raw.mae == doctest::Approx(5.0 / 3));
    CHECK(graft::mean_squared_error(scores, data) == doctest::Approx(17.0 / 3));
    const auto clipped = graft::evaluate(scores, data, {.low = 1, .high = 6});
    CHECK(clipped.rmse == doctest::Approx(std::sqrt(1.0 / 3)));
    CHECK(clipped.mae == doctest::Approx(1.0 / 3));
}

TEST_CASE("what a recommender misses ratings by is what its scores miss them by") {
    // Whole and half numbers, whose sums are the same in any order.
    constexpr std::size_t count = 700'000; // more than a device is sent at once, several times
    graft::random_engine engine(11);
    const auto draw = [&](std::uint64_t below) {
        return static_cast<unsigned>(graft::draw_below(engine, below));
    };
    test::recommender<float, Eigen::Dynamic, graft::biased> model(60, 40, 6);
    model.set_mean(2.5F);
    for (auto* table : {&model.users(), &model.items()})
        for (std::size_t r = 0; r < table->rows(); ++r) {
            table->set_row(r, Eigen::VectorXf::NullaryExpr(
                                  6, [&](Eigen::Index) { return static_cast<float>(draw(5)) - 2; }));
            table->set_bias(r, static_cast<float>(draw(3)) / 2);
        }
    std::vector<user_id> users;
    std::vector<item_id> items;
    std::vector<float> values;
    for (std::size_t k = 0; k < count; ++k) {
        users.push_back(user_id{draw(60)});
        items.push_back(item_id{draw(40)});
        values.push_back(static_cast<float>(draw(10)) / 2);
    }
    const auto scores = model.score(users, items);
    for (const std::size_t size : {std::size_t{1}, std::size_t{4097}, std::size_t{1} << 18U, count}) {
        const auto head = [size](const auto& all) {
            return std::vector(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(size));
        };
        const auto data = graft::interactions::from_rows(head(users), head(items), head(values), 60, 40);
        for (const graft::clip bounds :
             {graft::clip{}, graft::clip{.low = 1, .high = 5}, graft::clip{.low = 3}}) {
            INFO(size << " pairs, from " << bounds.low << " to " << bounds.high);
            double squares = 0;
            double absolutes = 0;
            for (std::size_t k = 0; k < size; ++k) {
                const double miss =
                    std::clamp<double>(scores[static_cast<Eigen::Index>(k)], bounds.low, bounds.high) -
                    static_cast<double>(values[k]);
                squares += miss * miss;
                absolutes += std::abs(miss);
            }
            const auto error = graft::evaluate(model, data, bounds);
            CHECK(error.rmse == std::sqrt(squares / static_cast<double>(size)));
            CHECK(error.mae == absolutes / static_cast<double>(size));
        }
    }
    CHECK_THROWS_WITH_AS((void)model.sum_errors(users, items, std::span(values).first(3), {}),
                         "recommender: ratings has not the length of the ids", graft::argument_error);
}

TEST_CASE("a score that is too large is clipped, one that is no number is not") {
    test::recommender<float> model(1, 2, 2);
    model.users().set_row(0, Eigen::Vector2f(10, 10));
    model.items().set_row(0, Eigen::Vector2f(3e38F, 0));
    model.items().set_row(1, Eigen::Vector2f(3e38F, -3e38F));
    CHECK(std::isinf(graft::evaluate(model, ratings({0}, {0}, {3})).mae));
    CHECK(graft::evaluate(model, ratings({0}, {0}, {3}), {.high = 5}).mae == 2);
    const auto error = graft::evaluate(model, ratings({0, 0}, {0, 1}, {3, 3}), {.low = 1, .high = 5});
    CHECK(std::isnan(error.rmse));
    CHECK(std::isnan(error.mae));
}

TEST_CASE("nothing to judge by, and reversed bounds, are errors") {
    const auto data = ratings({0}, {0}, {1});
    CHECK_THROWS_WITH_AS((void)graft::evaluate(fixed_scores{}, ratings({}, {}, {})),
                         "evaluate: there are no interactions to judge by", graft::argument_error);
    CHECK_THROWS_WITH_AS((void)graft::evaluate(fixed_scores{{1}}, data, {.low = 5, .high = 1}),
                         "evaluate: clip.low must not be above clip.high", graft::argument_error);
    const test::recommender<float> small(1, 1, 2);
    CHECK_THROWS_WITH_AS((void)graft::evaluate(small, ratings({0, 2}, {0, 0}, {1, 1})),
                         "recommender: user 2 (at position 1) is not among the model's 1 rows",
                         graft::argument_error);
}

TEST_CASE("threads that judge one model at once get what one thread gets") {
    const test::recommender<float> model(50, 40, 8, {.stddev = 1, .seed = 3});
    const auto data = small_world(50, 40, 9000);
    const auto judge = [&](const auto& predictor) {
        const auto error = graft::evaluate(predictor, data, {.low = 1, .high = 5});
        return std::pair(error.rmse, error.mae);
    };
    const auto alone = judge(model);
    for (int round = 0; round < 10; ++round) {
        const auto fresh = model; // on a device, the first to judge brings its rows over
        for (const auto& error : at_once([&] { return judge(fresh); })) CHECK(error == alone);
    }
}
