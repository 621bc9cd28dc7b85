// What a model on several ranks is asked for gives the bits of one machine.
#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <graft/backend/backend.hpp>
#include <graft/backend/cpu/cpu.hpp>
#include <graft/cluster/mpi_cpu.hpp>
#include <graft/data/duplicates.hpp>
#include <graft/eval/metrics.hpp>
#include <graft/eval/ranking.hpp>
#include <graft/eval/ranking_candidates.hpp>
#include <graft/model/load.hpp>
#include <graft/model/recommender.hpp>
#include <graft/model/save.hpp>
#include <graft/serve/fold_in.hpp>
#include <graft/serve/index_points.hpp>
#include <graft/serve/recommend.hpp>
#include <graft/serve/similar.hpp>
#include <graft/serve/unseen.hpp>
#include <graft/train/fit.hpp>
#include <graft/transfer/grow.hpp>
#include <graft/transfer/transfer.hpp>

#include <support/files.hpp>
#include <support/on_ranks.hpp>
#include <support/shared_file.hpp>

namespace {

using on_ranks::same_weights;
using on_ranks::shared_file;
using on_ranks::world;

static_assert(graft::backend<graft::mpi_cpu>);

using one_model = graft::recommender<float, Eigen::Dynamic, graft::cpu, graft::biased>;
using all_model = graft::recommender<float, Eigen::Dynamic, graft::mpi_cpu, graft::biased>;

/// The same model on one machine and on all ranks.
struct both {
    one_model one{70, 41, 9, {.seed = 5}};
    all_model all{70, 41, 9, {.seed = 5}};
    both() {
        one.set_mean(3);
        all.set_mean(3);
    }
};

template <class Lists>
std::vector<std::pair<std::size_t, float>> flat(const Lists& lists) {
    std::vector<std::pair<std::size_t, float>> all;
    for (const auto& entry : lists.entries()) all.emplace_back(graft::row_of(entry.item), entry.score);
    return all;
}

graft::history fitted(auto& model, const world& data, std::size_t epochs,
                      const graft::checkpoint& file = {}) {
    const auto train = data.interactions();
    graft::fit_options<> options{.epochs = epochs, .batch_size = 128};
    options.optimizer.lr = 0.01;
    options.items_frozen_for = 1;
    options.checkpoint = file;
    return graft::fit(model, train, world(300, 70, 41, 8).interactions(), options);
}

} // namespace

TEST_CASE("ranks score and evaluate as one machine") {
    const both models;
    const world data(3000, 70, 41);
    CHECK(models.one.score(data.users, data.items) == models.all.score(data.users, data.items));
    const auto test = data.interactions();
    CHECK(graft::evaluate(models.one, test, {1, 5}).rmse == graft::evaluate(models.all, test, {1, 5}).rmse);
    std::vector<float> one(3 * 41), all(3 * 41);
    const std::vector<graft::user_id> users{graft::user_id{2}, graft::user_id{69}, graft::user_id{2}};
    models.one.score_all(users, one);
    models.all.score_all(users, all);
    CHECK(one == all);
}

TEST_CASE("ranks judge rankings as one machine, whatever number of threads is asked for") {
    const both models;
    const auto train = world(300, 70, 41).interactions();
    const auto test = world(300, 70, 41, 9).interactions();
    const auto want = graft::evaluate_ranking(models.one, train, test, {.at = {5}});
    const auto got = graft::evaluate_ranking(models.all, train, test, {.at = {5}, .threads = 3});
    CHECK(want.at(5).ndcg == got.at(5).ndcg);
    CHECK(want.auc == got.auc);
    const auto cases = graft::draw_candidates(train, test, 10);
    CHECK(graft::evaluate_ranking(models.one, train, cases, {.at = {5}}).at(5).ndcg ==
          graft::evaluate_ranking(models.all, train, cases, {.at = {5}, .threads = 3}).at(5).ndcg);
}

TEST_CASE("ranks make the lists of one machine") {
    const both models;
    const auto seen = world(300, 70, 41).interactions();
    const auto users = seen.users().first(20);
    const auto check = [&](std::size_t k, const auto& filter) {
        CHECK(flat(graft::recommend(models.one, users, k, filter)) ==
              flat(graft::recommend(models.all, users, k, filter, {.threads = 2})));
    };
    check(7, graft::unseen_in(seen));
    check(100, graft::unseen_in(seen));
    check(1, graft::all_items{});
    check(0, graft::all_items{});
    const std::vector<graft::item_id> some{graft::item_id{3}, graft::item_id{4}, graft::item_id{40}};
    check(2, graft::among(some));
    const Eigen::VectorXf row = Eigen::VectorXf::LinSpaced(10, -1, 1);
    const auto one = graft::recommend(models.one, row, 5);
    const auto all = graft::recommend(models.all, row, 5);
    REQUIRE(one.size() == all.size());
    for (std::size_t i = 0; i < one.size(); ++i) CHECK(one[i].item == all[i].item);
}

TEST_CASE("ranks find the similar rows of one machine, and make its points and queries for an index") {
    const both models;
    std::vector<graft::item_id> items;
    std::vector<graft::user_id> users;
    for (unsigned i = 0; i < 50; ++i) { // some twice, as many as are multiplied in tiles
        items.push_back(graft::item_id{i * 13 % 41});
        users.push_back(graft::user_id{i * 13 % 70});
    }
    for (const auto by : {graft::similarity::cosine, graft::similarity::inner_product})
        for (const std::size_t k : {0U, 4U, 100U}) {
            CHECK(flat(graft::similar_items(models.one, items, k, {.by = by})) ==
                  flat(graft::similar_items(models.all, items, k, {.by = by, .threads = 2})));
            const auto one = graft::similar_users(models.one, users, k, {.by = by});
            const auto all = graft::similar_users(models.all, users, k, {.by = by});
            REQUIRE(one.entries().size() == all.entries().size());
            for (std::size_t i = 0; i < one.entries().size(); ++i) {
                CHECK(one.entries()[i].user == all.entries()[i].user);
                CHECK(one.entries()[i].score == all.entries()[i].score);
            }
        }
    const auto one = graft::similar_items(models.one, graft::item_id{3}, 4);
    const auto all = graft::similar_items(models.all, graft::item_id{3}, 4);
    REQUIRE(one.size() == all.size());
    for (std::size_t i = 0; i < one.size(); ++i) CHECK(one[i].score == all[i].score);
    CHECK(graft::index_points(models.one).matrix() == graft::index_points(models.all).matrix());
    CHECK(graft::index_queries(models.one, users) == graft::index_queries(models.all, users));
    CHECK_THROWS_AS(static_cast<void>(graft::similar_items(models.all, graft::item_id{41}, 4)),
                    graft::argument_error);
}

TEST_CASE("ranks fold new users and items in as one machine, also where one rank has all that was rated") {
    both models;
    models.one.items().set_bias(4, 2);
    models.all.items().set_bias(4, 2);
    std::vector<graft::item_id> items;
    std::vector<graft::user_id> users;
    for (const unsigned row : {4U, 40U, 0U, 4U, 1U, 2U, 3U, 8U}) {
        items.push_back(graft::item_id{row});
        users.push_back(graft::user_id{row + 29});
    }
    const std::vector<float> ratings{5, 1, 4, 3, 2, 1, 4, 2};
    CHECK(graft::fold_in_user(models.one, items, ratings) == graft::fold_in_user(models.all, items, ratings));
    CHECK(graft::fold_in_item(models.one, users, ratings) == graft::fold_in_item(models.all, users, ratings));
    const auto some = std::span(items).first(1);
    CHECK(graft::fold_in_user(models.one, some, std::span(ratings).first(1)) ==
          graft::fold_in_user(models.all, some, std::span(ratings).first(1)));
    CHECK_THROWS_AS(static_cast<void>(graft::fold_in_user(models.all, items, {})), graft::argument_error);
}

TEST_CASE("a model on ranks grows as on one machine") {
    const both models;
    CHECK(same_weights(graft::grow(models.one, 77, 43, {.seed = 9}),
                       graft::grow(models.all, 77, 43, {.seed = 9})));
}

TEST_CASE("vectors seed the tables of ranks as those of one machine, and train with them") {
    graft::keyed_vectors::matrix_type rows = graft::keyed_vectors::matrix_type::Random(41, 9);
    std::vector<std::string> words;
    for (int i = 0; i < 41; ++i) words.push_back("item" + std::to_string(i));
    const graft::keyed_vectors vectors(words, std::move(rows));
    graft::id_map ids;
    for (int i = 40; i >= 0; --i) ids.insert(words[static_cast<std::size_t>(i)]);
    both models;
    const auto seed = [&](auto& model) {
        const auto report = graft::transfer(vectors, model.items(), graft::by_key{ids});
        CHECK(report.seeded == 41);
        CHECK(graft::transfer(vectors, model.users(), graft::by_row{.allow_missing = true}).seeded == 41);
    };
    seed(models.one);
    seed(models.all);
    CHECK(same_weights(models.one, models.all));
    const world data(1000, 70, 41);
    fitted(models.one, data, 3);
    fitted(models.all, data, 3);
    CHECK(same_weights(models.one, models.all));
}

TEST_CASE("the file of a model on ranks is that of one machine, and both load it") {
    const both models;
    const shared_file one("one.safetensors"), all("all.safetensors");
    if (graft::mpi_cpu::writes_files()) graft::save(models.one, one.path);
    graft::save(models.all, all.path);
    CHECK(test::content_of(one.path) == test::content_of(all.path));
    CHECK(same_weights(graft::load<one_model>(all.path), models.all));
    CHECK(same_weights(models.one, graft::load<all_model>(all.path)));
}

TEST_CASE("where the first rank cannot write, all are told why") {
    const both models;
    CHECK_THROWS_WITH_AS(graft::save(models.all, "/graft_no_such_folder/model.safetensors"),
                         doctest::Contains("graft_no_such_folder"), graft::io_error);
    const world data(500, 70, 41);
    all_model model(70, 41, 9);
    CHECK_THROWS_AS(fitted(model, data, 2, graft::checkpoint("/graft_no_such_folder/run.checkpoint")),
                    graft::io_error);
}

TEST_CASE("a checkpoint is that of any number of ranks, and of one machine") {
    const world data(1000, 70, 41);
    both whole, parts;
    const auto want = fitted(whole.one, data, 5);
    const shared_file file("run.checkpoint");
    fitted(parts.all, data, 2, graft::checkpoint(file.path));
    all_model later(70, 41, 9, {.seed = 77});
    later.set_mean(3);
    CHECK(fitted(later, data, 3, graft::checkpoint(file.path)).epochs.size() == 3);
    static_cast<void>(graft::mpi_cpu::agree(""));
    if (graft::mpi_cpu::writes_files()) {
        one_model last(70, 41, 9);
        last.set_mean(3);
        const auto got = fitted(last, data, 5, graft::checkpoint(file.path));
        CHECK(got.epochs.back().train_loss == want.epochs.back().train_loss);
        CHECK(last.users().weights() == whole.one.users().weights());
        CHECK(last.items().weights() == whole.one.items().weights());
    }
    static_cast<void>(graft::mpi_cpu::agree(""));
    all_model after(70, 41, 9); // of the run on one machine
    after.set_mean(3);
    CHECK(fitted(after, data, 5, graft::checkpoint(file.path)).epochs.size() == 5);
    CHECK(same_weights(whole.one, after));
}

TEST_CASE("a callback that ends the run on the first rank ends it on all") {
    all_model model(70, 41, 9);
    const auto data = world(1000, 70, 41).interactions();
    const auto history = graft::fit(model, data, {.epochs = 4}, [](const graft::progress& now) {
        return now.finished == nullptr || now.epoch < 2 || !graft::mpi_cpu::writes_files();
    });
    CHECK(history.stopped_by_callback);
    CHECK(history.epochs.size() == 2);
}
